{{/* Names, labels, selectors. Arguments are lists: the root context, then the component ("api", "postgres", …). */}}

{{/* Short enough for the longest suffix, and for what a StatefulSet puts behind it in a label. */}}
{{- define "calendar.fullname" -}}
{{- $chart := .Values.nameOverride | default .Chart.Name -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{- .Values.fullnameOverride | default $name | trunc 42 | trimSuffix "-" -}}
{{- end }}

{{- define "calendar.name" -}}
{{- printf "%s-%s" (include "calendar.fullname" (first .)) (last .) -}}
{{- end }}

{{/* What never changes for a component: the only labels that selectors and volumes may have. */}}
{{- define "calendar.selector" -}}
{{- $root := first . -}}
app.kubernetes.io/name: {{ $root.Values.nameOverride | default $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{- define "calendar.labels" -}}
{{- $root := first . -}}
{{ include "calendar.selector" . }}
app.kubernetes.io/part-of: calendar
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Name, namespace and labels of an object that belongs to one component. */}}
{{- define "calendar.metadata" -}}
name: {{ include "calendar.name" . }}
namespace: {{ (first .).Release.Namespace }}
labels:
  {{- include "calendar.labels" . | nindent 2 }}
{{- end }}

{{- define "calendar.serviceAccount" -}}
{{- $made := ternary (include "calendar.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $made -}}
{{- end }}

{{/* Arguments: the root context, and an `image` of the values. */}}
{{- define "calendar.image" -}}
{{- $registry := (first .).Values.image.registry -}}
{{- with last . -}}
{{- with $registry }}{{ . | trimSuffix "/" }}/{{ end }}{{ .repository }}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}
{{- end }}
