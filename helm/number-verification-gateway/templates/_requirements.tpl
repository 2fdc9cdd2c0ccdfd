{{/* What would install and then not work is refused before it is sent. */}}
{{- define "gateway.requirements" -}}
{{- $_ := required "publicUrl: the issuer and API root as clients see them, such as https://gateway.example" .Values.publicUrl -}}
{{- $_ := required "database.existingSecret: the Secret with the URL (or the password) of PostgreSQL" .Values.database.existingSecret -}}
{{- $_ := required "secrets.existingSecret: the Secret with KEY_ENCRYPTION_KEY" .Values.secrets.existingSecret -}}
{{- $busy := add .Values.shutdown.preStopSeconds .Values.shutdown.drainSeconds 10 -}}
{{- if le (int .Values.terminationGracePeriodSeconds) (int $busy) -}}
{{- fail (printf "terminationGracePeriodSeconds: more than %d is needed (preStopSeconds, drainSeconds, and 10 for what is in flight)" $busy) -}}
{{- end -}}
{{- if and .Values.sandbox.enabled .Values.operators.existingSecret -}}
{{- fail "sandbox.enabled: simulated operators do not run beside the secrets of real ones (operators.existingSecret)" -}}
{{- end -}}
{{- range $name, $ingress := dict "ingress" .Values.ingress "admin.ingress" .Values.admin.ingress -}}
{{- if and $ingress.enabled (not $ingress.hosts) -}}
{{- fail (printf "%s.hosts: name at least one" $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) -}}
{{- fail "autoscaling: maxReplicas is less than minReplicas" -}}
{{- end -}}
{{- if and .Values.operators.existingConfigMap.name (not .Values.operators.existingConfigMap.ids) -}}
{{- fail "operators.existingConfigMap.ids: name the operators that lie in it" -}}
{{- end -}}
{{- if and (not .Values.operators.builtIn) (not .Values.operators.manifests) (not .Values.operators.existingConfigMap.name) -}}
{{- fail "operators: builtIn is off, and no other operator is given" -}}
{{- end -}}
{{- if eq (int .Values.management.port) (int .Values.service.port) -}}
{{- fail "management.port: another one than service.port" -}}
{{- end -}}
{{- end -}}
