{{/*
An init container that brings tables up to date before the service of its pod starts (docs/adr/0008).
Arguments: the root context, the tables ("events", "notifications"), whose section has the image, the executable, sections as for calendar.databaseEnv.
*/}}
{{- define "calendar.migration" -}}
{{- $root := first . -}}
{{- $section := index . 2 -}}
{{- if $root.Values.migrations.enabled }}
- name: migrate-{{ index . 1 }}
  image: {{ include "calendar.image" (list $root $section.image) }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  # Retries while the database is unavailable (exit code 1); an invalid setting (2) fails.
  command:
    - /bin/sh
    - -c
    - |
      trap 'exit 143' TERM
      while :; do
        {{ index . 3 }} migrate && exit 0 || code=$?
        [ "$code" = 1 ] || exit "$code"
        sleep 2
      done
  env:
    {{- include "calendar.databaseEnv" (concat (list $root "CALENDAR_DATABASE__DSN") (slice . 4)) | nindent 4 }}
  securityContext:
    {{- include "calendar.containerSecurity" $root | nindent 4 }}
  resources:
    {{- toYaml $section.resources | nindent 4 }}
  {{- with include "calendar.databaseMounts" $root }}
  volumeMounts:
    {{- . | trim | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The tables of events, which the API owns and the Scheduler works on. */}}
{{- define "calendar.migrateEvents" -}}
{{ include "calendar.migration" (list . "events" .Values.api "/opt/calendar/bin/calendar" .Values.migrations .Values.database) }}
{{- end }}

{{- define "calendar.migrateNotifications" -}}
{{ include "calendar.migration" (list . "notifications" .Values.storer "/opt/calendar/bin/calendar_storer" .Values.migrations.storer .Values.storer.database .Values.database) }}
{{- end }}
