{{- define "cambium.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "cambium.labels" -}}
app.kubernetes.io/name: cambium
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* What selects the pods of a part; never changes between versions. */}}
{{- define "cambium.selects" -}}
app.kubernetes.io/name: cambium
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "cambium.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "cambium.brokers" -}}
{{- if .Values.nats.enabled -}}
{{- $name := include "cambium.name" . -}}
{{- $urls := list -}}
{{- range $i := until (int .Values.nats.replicas) -}}
{{- $urls = append $urls (printf "tls://%s-nats-%d.%s-nats.%s.svc:4222" $name $i $name $.Release.Namespace) -}}
{{- end -}}
{{- join "," $urls -}}
{{- else -}}
{{- required "nats.url is needed when nats.enabled is false" .Values.nats.url -}}
{{- end -}}
{{- end }}

{{- define "cambium.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "cambium.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Where pods of a part go: apart from each other. */}}
{{- define "cambium.placing" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ .root.Values.topologyKey }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "cambium.selects" . | nindent 8 }}
affinity:
  podAntiAffinity:
    {{- if eq .part "nats" }}
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "cambium.selects" . | nindent 12 }}
    {{- else }}
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "cambium.selects" . | nindent 14 }}
    {{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* The pod of a node: .root, .part, .roles, .values, .grace. */}}
{{- define "cambium.pod" -}}
metadata:
  labels:
    {{- include "cambium.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  serviceAccountName: {{ include "cambium.name" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .grace }}
  securityContext: {{- include "cambium.podSecurity" .root | nindent 4 }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- include "cambium.placing" . | nindent 2 }}
  containers:
    - name: cambium
      image: {{ include "cambium.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: [serve, --role, {{ .roles | quote }}]
      securityContext: {{- include "cambium.containerSecurity" .root | nindent 8 }}
      env:
        - name: CAMBIUM_NODE_ID
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        - {name: CAMBIUM_DATA, value: /var/lib/cambium/data}
        - {name: CAMBIUM_DURABILITY, value: {{ .root.Values.durability | quote }}}
        - {name: CAMBIUM_LOG, value: {{ .root.Values.log.level | quote }}}
        - {name: CAMBIUM_NATS_URL, value: {{ include "cambium.brokers" .root | quote }}}
        - {name: CAMBIUM_NATS_USER, value: {{ .root.Values.nats.user | quote }}}
        - {name: CAMBIUM_NATS_PASSWORD_FILE, value: /run/secrets/cambium/nats-password}
        - {name: CAMBIUM_NATS__REPLICAS, value: {{ ternary .root.Values.nats.replicas .root.Values.nats.streamReplicas .root.Values.nats.enabled | quote }}}
        - {name: CAMBIUM_DATABASE_URL_FILE, value: /run/secrets/cambium/database-url}
        - {name: CAMBIUM_MASTER_KEY_FILE, value: /run/secrets/cambium/master}
        {{- with .root.Values.observe.otlp }}
        - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
        {{- end }}
        {{- range $name, $value := .root.Values.settings }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
      ports:
        - {name: http, containerPort: 8080}
      # Long enough for a node that reads its share of the log first.
      startupProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        failureThreshold: 120
      livenessProbe:
        httpGet: {path: /livez, port: http}
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 3
        timeoutSeconds: 3
        failureThreshold: 2
      resources: {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /var/lib/cambium}
        - {name: tmp, mountPath: /tmp}
        - {name: secrets, mountPath: /run/secrets/cambium, readOnly: true}
  volumes:
    # Nothing that matters is here: the log is the brokers', the rows are the database's.
    - name: data
      emptyDir: {sizeLimit: 1Gi}
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
    - name: secrets
      secret:
        secretName: {{ .root.Values.secrets.name }}
        defaultMode: 0440
        items:
          - {key: admin.key, path: admin.key}
          - {key: node.key, path: node.key}
          - {key: tree.key, path: tree.key}
          - {key: master, path: master}
          - {key: nats-password, path: nats-password}
          - {key: database-url, path: database-url}
          - {key: ca.crt, path: ca.crt}
{{- end }}
