{{/* The database alone: what the migrations need, and nothing that exists only after the hook. */}}
{{- define "gateway.databaseEnv" -}}
{{- with .Values.database }}
{{- if .host }}
{{- $tls := printf "?sslmode=%s" .sslmode }}
{{- if .caSecret }}{{ $tls = printf "%s&sslrootcert=/etc/number-verification-gateway/database/ca.crt" $tls }}{{ end }}
- name: DATABASE_URL
  value: {{ printf "postgres://%s@%s:%d/%s%s" (urlquery .user) .host (int .port) (urlquery .name) $tls | quote }}
- name: PGPASSWORD
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret | quote }}, key: {{ .existingSecretKey | default "password" | quote }} }
{{- else }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret | quote }}, key: {{ .existingSecretKey | default "url" | quote }} }
{{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.secretEnv" -}}
- name: KEY_ENCRYPTION_KEY
  valueFrom:
    secretKeyRef: { name: {{ .Values.secrets.existingSecret | quote }}, key: KEY_ENCRYPTION_KEY }
{{- range list "KEY_ENCRYPTION_KEY_PREVIOUS" "NETWORK_ID_TOKEN" "NETWORK_ID_CLIENT_SECRET" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: { name: {{ $.Values.secrets.existingSecret | quote }}, key: {{ . }}, optional: true }
{{- end }}
{{- with .Values.redis.existingSecret }}
- name: REDIS_URL
  valueFrom:
    secretKeyRef: { name: {{ . | quote }}, key: {{ $.Values.redis.existingSecretKey | quote }} }
{{- end }}
{{- end -}}

{{/* What is no secret: the data of the ConfigMap. */}}
{{- define "gateway.settings" -}}
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ include "gateway.text" $value | quote }}
{{- end }}
PUBLIC_URL: {{ .Values.publicUrl | quote }}
PORT: {{ .Values.service.port | int | quote }}
MANAGEMENT_PORT: {{ .Values.management.port | int | quote }}
DATA_DIR: /data
{{- if not .Values.operators.builtIn }}
OPERATORS_DIR: /etc/number-verification-gateway/operators
{{- end }}
{{- with .Values.trustedProxies }}
TRUSTED_PROXIES: {{ join "," . | quote }}
{{- end }}
REPLICAS: {{ .Values.limits.replicas | default (include "gateway.mostPods" .) | int | quote }}
LEDGER_POLICY: {{ .Values.ledger.policy }}
JOURNAL_MAX_BYTES: {{ .Values.ledger.journal.maxBytes | int64 | quote }}
JOURNAL_SYNC: {{ .Values.ledger.journal.sync }}
DRAIN_SECONDS: {{ .Values.shutdown.drainSeconds | int | quote }}
METRICS_TENANT_LABEL_MAX: {{ .Values.metrics.tenantLabelMax | int | quote }}
METRICS_UPSTREAM_HISTOGRAM: {{ .Values.metrics.upstreamHistogram | quote }}
METRICS_OPERATOR_HISTOGRAM_MAX: {{ .Values.metrics.operatorHistogramMax | int | quote }}
{{- with .Values.tracing.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
OTEL_TRACES_SAMPLER_ARG: {{ $.Values.tracing.sampleRatio | quote }}
OTEL_SERVICE_NAME: {{ $.Values.tracing.serviceName | default (include "gateway.fullname" $) | quote }}
{{- end }}
SANDBOX: {{ ternary "on" "off" .Values.sandbox.enabled | quote }}
{{- end -}}

{{/* Helm reads every number as a float: a large one must not reach the environment as 1e+06. */}}
{{- define "gateway.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* Ids of operators that come by ConfigMap, each with the ConfigMap's name. */}}
{{- define "gateway.mountedOperators" -}}
{{- range $id := keys .Values.operators.manifests | sortAlpha }}
{{ $id }}: {{ include "gateway.fullname" $ }}-operators
{{- end }}
{{- range .Values.operators.existingConfigMap.ids }}
{{ . }}: {{ $.Values.operators.existingConfigMap.name }}
{{- end }}
{{- end -}}

{{- define "gateway.operatorsFolder" -}}
{{- ternary "/app/operators" "/etc/number-verification-gateway/operators" .Values.operators.builtIn -}}
{{- end -}}
