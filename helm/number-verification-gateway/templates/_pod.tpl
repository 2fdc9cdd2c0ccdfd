{{/* The pod of the Deployment and of the StatefulSet. */}}
{{- define "gateway.podTemplate" -}}
{{- $operators := include "gateway.mountedOperators" . | fromYaml -}}
metadata:
  labels:
    {{- include "gateway.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ include "gateway.settings" . | sha256sum }}
    checksum/operators: {{ toJson .Values.operators.manifests | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "gateway.serviceAccountName" . }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds | int }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- include "gateway.scheduling" . | trim | nindent 2 }}
  containers:
    - name: gateway
      image: {{ include "gateway.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      ports:
        - { name: http, containerPort: {{ .Values.service.port | int }}, protocol: TCP }
        - { name: management, containerPort: {{ .Values.management.port | int }}, protocol: TCP }
      envFrom:
        - configMapRef: { name: {{ include "gateway.fullname" . }} }
        {{- with .Values.operators.existingSecret }}
        - prefix: OPERATOR_SECRET_
          secretRef: { name: {{ . | quote }} }
        {{- end }}
        {{- with .Values.extraEnvFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      env:
        {{- include "gateway.databaseEnv" . | trim | nindent 8 }}
        {{- include "gateway.secretEnv" . | nindent 8 }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      startupProbe:
        {{- toYaml .Values.startupProbe | nindent 8 }}
      livenessProbe:
        {{- toYaml .Values.livenessProbe | nindent 8 }}
      readinessProbe:
        {{- toYaml .Values.readinessProbe | nindent 8 }}
      {{- if gt (int .Values.shutdown.preStopSeconds) 0 }}
      lifecycle:
        preStop:
          sleep: { seconds: {{ .Values.shutdown.preStopSeconds | int }} }
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        {{- range $id, $configMap := $operators }}
        - { name: operator-{{ $id }}, mountPath: {{ include "gateway.operatorsFolder" $ }}/{{ $id }}, readOnly: true }
        {{- end }}
        {{- with include "gateway.databaseAuthorityMount" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- if not .Values.ledger.journal.persistence.enabled }}
    - name: data
      emptyDir: { sizeLimit: {{ .Values.ledger.journal.sizeLimit }} }
    {{- end }}
    {{- range $id, $configMap := $operators }}
    - name: operator-{{ $id }}
      configMap:
        name: {{ $configMap }}
        items: [{ key: {{ $id }}.yaml, path: operator.yaml }]
    {{- end }}
    {{- with include "gateway.databaseAuthorityVolume" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "gateway.scheduling" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- if .Values.topologySpreadConstraints }}
  {{- toYaml .Values.topologySpreadConstraints | nindent 2 }}
  {{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "gateway.selectorLabels" $ | nindent 8 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "gateway.databaseAuthorityMount" -}}
{{- if .Values.database.caSecret }}
- { name: database-authority, mountPath: /etc/number-verification-gateway/database, readOnly: true }
{{- end }}
{{- end -}}

{{- define "gateway.databaseAuthorityVolume" -}}
{{- with .Values.database.caSecret }}
- name: database-authority
  secret:
    secretName: {{ . | quote }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- end -}}
