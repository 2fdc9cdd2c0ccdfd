{{/* root, suffix, component, ingress (className, hosts, tls, annotations), paths */}}
{{- define "gateway.ingress" -}}
{{- $root := .root }}
{{- $paths := .paths }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "gateway.fullname" $root }}{{ .suffix }}
  labels:
    {{- include "gateway.commonLabels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  {{- with .ingress.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .ingress.className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  {{- with .ingress.tls }}
  tls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range .ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths | default $paths }}
          - path: {{ . | quote }}
            pathType: Prefix
            backend:
              service:
                name: {{ include "gateway.fullname" $root }}
                port: { name: http }
          {{- end }}
    {{- end }}
{{- end -}}
