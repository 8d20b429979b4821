{{/* Parts of NetworkPolicies. */}}

{{/* Whom a policy is for. Arguments: the root context, the component. */}}
{{- define "calendar.policyFor" -}}
podSelector:
  matchLabels:
    {{- include "calendar.selector" . | nindent 4 }}
{{- end }}

{{/* Peers of this release. Arguments: the root context, then components. */}}
{{- define "calendar.peers" -}}
{{- $root := first . -}}
{{- range rest . }}
- podSelector:
    matchLabels:
      {{- include "calendar.selector" (list $root .) | nindent 6 }}
{{- end }}
{{- end }}

{{/* Access for users, and for Prometheus: both use the same port. */}}
{{- define "calendar.fromUsers" -}}
- ports:
    - { port: http, protocol: TCP }
  {{- with .Values.networkPolicy.apiFrom }}
  from:
    {{- toYaml (concat . $.Values.networkPolicy.metricsFrom) | nindent 4 }}
    {{- include "calendar.peers" (list $ "tests") | trim | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "calendar.toDns" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- end }}

{{/* Arguments: the root context, the component of the trial's server, whether it runs, its section of `networkPolicy`, its port. */}}
{{- define "calendar.toServer" -}}
{{- $section := index . 3 -}}
{{- if index . 2 -}}
- to:
    {{- include "calendar.peers" (list (first .) (index . 1)) | trim | nindent 4 }}
  ports:
    - { port: {{ index . 4 }}, protocol: TCP }
{{- else -}}
- ports:
    - { port: {{ int $section.port }}, protocol: TCP }
  {{- with $section.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "calendar.toPostgres" -}}
{{ include "calendar.toServer" (list . "postgres" .Values.postgres.enabled .Values.networkPolicy.database 5432) }}
{{- end }}

{{- define "calendar.toKafka" -}}
{{ include "calendar.toServer" (list . "kafka" .Values.kafka.enabled .Values.networkPolicy.kafka 9092) }}
{{- end }}

{{- define "calendar.toReceivers" -}}
{{- with .Values.networkPolicy.webhooks -}}
- ports:
    {{- range .ports }}
    - { port: {{ int . }}, protocol: TCP }
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
