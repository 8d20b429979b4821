{{/* The way to PostgreSQL, to Kafka, and to the receivers of webhooks. */}}

{{/*
The variable that holds a DSN, and what it needs for TLS.
Arguments: the root context, the variable's name, then sections with `existingSecret` and `key`; the first that names a Secret counts.
*/}}
{{- define "calendar.databaseEnv" -}}
{{- $root := first . -}}
{{- $secret := dict "existingSecret" (include "calendar.name" (list $root "postgres")) "key" "dsn" -}}
{{- range reverse (slice . 2) }}
{{- if .existingSecret }}{{ $secret = . }}{{ end }}
{{- end -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret.existingSecret }}
      key: {{ $secret.key }}
{{- with $root.Values.database.sslMode }}
# The drivers use these two if the DSN does not set them.
- name: PGSSLMODE
  value: {{ . }}
{{- end }}
{{- if $root.Values.database.caSecret }}
- name: PGSSLROOTCERT
  value: /etc/calendar/database-ca/ca.crt
{{- end }}
{{- end }}

{{- define "calendar.databaseVolumes" -}}
{{- with .Values.database }}
{{- if .caSecret }}
- name: database-ca
  secret:
    secretName: {{ .caSecret }}
    items:
      - { key: {{ .caKey | quote }}, path: ca.crt }
{{- end }}
{{- end }}
{{- end }}

{{- define "calendar.databaseMounts" -}}
{{- if .Values.database.caSecret }}
- { name: database-ca, mountPath: /etc/calendar/database-ca, readOnly: true }
{{- end }}
{{- end }}

{{- define "calendar.bootstrapServers" -}}
{{- if .Values.kafka.enabled }}{{ include "calendar.name" (list . "kafka") }}:9092{{ else }}{{ .Values.kafka.bootstrapServers }}{{ end }}
{{- end }}

{{/* The section `kafka` of a service's settings. */}}
{{- define "calendar.kafkaSettings" -}}
bootstrap_servers: {{ include "calendar.bootstrapServers" . | quote }}
{{- with .Values.kafka }}
topic: {{ .topic | quote }}
partitions: {{ int .partitions }}
replication_factor: {{ int .replicationFactor }}
min_insync_replicas: {{ int .minInsyncReplicas }}
security_protocol: {{ .securityProtocol }}
{{- with .saslMechanism }}
sasl_mechanism: {{ . }}
{{- end }}
{{- with .username }}
username: {{ . | quote }}
{{- end }}
{{- if .caSecret }}
ca_file: /etc/calendar/kafka-ca/ca.crt
{{- end }}
{{- if .clientSecret }}
cert_file: /etc/calendar/kafka-client/tls.crt
key_file: /etc/calendar/kafka-client/tls.key
{{- end }}
{{- end }}
{{- end }}

{{- define "calendar.kafkaEnv" -}}
{{- with .Values.kafka }}
{{- if .existingSecret }}
{{- if not .username }}
- name: CALENDAR_KAFKA__USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: username
{{- end }}
- name: CALENDAR_KAFKA__PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .passwordKey }}
{{- end }}
{{- end }}
{{- end }}

{{- define "calendar.kafkaVolumes" -}}
{{- with .Values.kafka }}
{{- if .caSecret }}
- name: kafka-ca
  secret:
    secretName: {{ .caSecret }}
    items:
      - { key: {{ .caKey | quote }}, path: ca.crt }
{{- end }}
{{- if .clientSecret }}
- name: kafka-client
  secret:
    secretName: {{ .clientSecret }}
    items:
      - { key: {{ .clientCertKey | quote }}, path: tls.crt }
      - { key: {{ .clientKeyKey | quote }}, path: tls.key }
{{- end }}
{{- end }}
{{- end }}

{{- define "calendar.kafkaMounts" -}}
{{- if .Values.kafka.caSecret }}
- { name: kafka-ca, mountPath: /etc/calendar/kafka-ca, readOnly: true }
{{- end }}
{{- if .Values.kafka.clientSecret }}
- { name: kafka-client, mountPath: /etc/calendar/kafka-client, readOnly: true }
{{- end }}
{{- end }}

{{- define "calendar.webhooksEnv" -}}
{{- with .Values.storer.webhooks }}
{{- if .existingSecret }}
- name: CALENDAR_STORER__WEBHOOKS
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "calendar.webhooksVolumes" -}}
{{- with .Values.storer.webhooks }}
{{- if .caSecret }}
- name: webhook-ca
  secret:
    secretName: {{ .caSecret }}
    items:
      - { key: {{ .caKey | quote }}, path: ca.crt }
{{- end }}
{{- end }}
{{- end }}

{{- define "calendar.webhooksMounts" -}}
{{- if .Values.storer.webhooks.caSecret }}
- { name: webhook-ca, mountPath: /etc/calendar/webhook-ca, readOnly: true }
{{- end }}
{{- end }}
