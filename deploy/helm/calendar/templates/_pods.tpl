{{/* What pods have in common. Arguments are lists: the root context, the component, its section of the values. */}}

{{/*
Metadata of a pod template; the fourth argument is what the pod reads at its start, which replaces the pod when it changes.
The chart's version is no label of pods: it would replace them without need.
*/}}
{{- define "calendar.podMetadata" -}}
{{- $section := index . 2 -}}
labels:
  {{- include "calendar.selector" (list (first .) (index . 1)) | nindent 2 }}
  {{- with $section.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: {{ index . 1 }}
  checksum/settings: {{ index . 3 | sha256sum | trunc 16 }}
  {{- with $section.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/*
The head of a pod's spec; the fourth argument is the number of its user and group. The pods of tests have the namespace's own
account: Kubernetes refuses a pod whose account is not there yet, and `kubectl apply --dry-run=server` makes none.
*/}}
{{- define "calendar.pod" -}}
{{- $root := first . -}}
{{- $section := index . 2 -}}
{{- $user := index . 3 -}}
automountServiceAccountToken: false
{{- if ne (index . 1) "tests" }}
serviceAccountName: {{ include "calendar.serviceAccount" $root }}
{{- end }}
# A Service "calendar-api" would set variables CALENDAR_API_…, which the services reject as unknown settings.
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $section.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $user }}
  runAsGroup: {{ $user }}
  fsGroup: {{ $user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with $section.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $section.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $section.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Prefers other nodes and other zones, where there may be several pods and nobody said otherwise. */}}
{{- define "calendar.spread" -}}
{{- $selector := include "calendar.selector" (list (first .) (index . 1)) -}}
{{- $section := index . 2 -}}
{{- $several := eq (include "calendar.several" $section) "true" -}}
{{- if and $several (not $section.affinity) }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- $selector | nindent 14 }}
{{- end }}
{{- if $section.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml $section.topologySpreadConstraints | nindent 2 }}
{{- else if $several }}
topologySpreadConstraints:
  - topologyKey: topology.kubernetes.io/zone
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- $selector | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{/* Whether more than one pod of a section may run; the argument is that section. */}}
{{- define "calendar.several" -}}
{{- $scaling := .autoscaling | default .scaledObject | default dict -}}
{{- if $scaling.enabled }}{{ gt (int $scaling.maxReplicas) 1 }}{{ else }}{{ gt (int .replicas) 1 }}{{ end }}
{{- end }}

{{/* The "restricted" Pod Security Standard, and a root file system that nobody writes to. */}}
{{- define "calendar.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Of a service: alive touches nothing, ready asks its servers. */}}
{{- define "calendar.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 3
  timeoutSeconds: 5
{{- end }}

{{/* Nobody is taken away before somebody new is ready. */}}
{{- define "calendar.strategy" -}}
type: RollingUpdate
rollingUpdate:
  maxUnavailable: 0
  maxSurge: 1
{{- end }}
