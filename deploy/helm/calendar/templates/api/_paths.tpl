{{/* The paths for users, each with its type in an Ingress. The others, such as /metrics and /readyz, are for the cluster. */}}
{{- define "calendar.userPaths" -}}
/: Exact
/docs: Prefix
/openapi.json: Exact
/v1: Prefix
{{- end }}
