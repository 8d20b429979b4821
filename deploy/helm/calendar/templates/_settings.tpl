{{/* The services' settings, but for what is secret. */}}

{{/* Arguments: the root context, the port; of API and Storer also the origins of web pages. */}}
{{- define "calendar.commonSettings" -}}
http:
  host: 0.0.0.0
  port: {{ index . 1 }}
  {{- with slice . 2 }}
  cors_origins: {{ first . | toJson }}
  {{- end }}
log:
  level: {{ (first .).Values.log.level }}
  format: {{ (first .).Values.log.format }}
{{- end }}

{{- define "calendar.apiSettings" -}}
{{ include "calendar.commonSettings" (list . 8080 .Values.api.corsOrigins) }}
database:
  pool_size: {{ int .Values.api.poolSize }}
{{- end }}

{{- define "calendar.schedulerSettings" -}}
{{ include "calendar.commonSettings" (list . 8081) }}
kafka:
  {{- include "calendar.kafkaSettings" . | nindent 2 }}
{{- with .Values.scheduler }}
scheduler:
  poll_interval: {{ .pollInterval }}
  batch_size: {{ int .batchSize }}
  retention: {{ .retention }}
  cleanup_interval: {{ .cleanupInterval }}
{{- end }}
{{- end }}

{{- define "calendar.storerSettings" -}}
{{ include "calendar.commonSettings" (list . 8082 .Values.storer.corsOrigins) }}
kafka:
  {{- include "calendar.kafkaSettings" . | nindent 2 }}
{{- with .Values.storer }}
storer:
  group_id: {{ .groupId | quote }}
  batch_size: {{ int .batchSize }}
  max_poll_interval: {{ .maxPollInterval }}
  request_pool_size: {{ int .requestPoolSize }}
  {{- with .retention }}
  retention: {{ . }}
  {{- end }}
  cleanup_interval: {{ .cleanupInterval }}
  {{- if .webhooks.caSecret }}
  webhook_ca_file: /etc/calendar/webhook-ca/ca.crt
  {{- end }}
{{- end }}
{{- end }}
