{{- define "aoi.labels" -}}
app.kubernetes.io/name: aoi
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "aoi.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* What a pod of AOI may do to its node: nothing. */}}
{{- define "aoi.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "aoi.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* Settings that the bot and the executor have to agree on. */}}
{{- define "aoi.sharedEnv" -}}
- {name: AOI_EXECUTOR, value: separate}
- {name: AOI_IN_CLUSTER, value: "true"}
- {name: AOI_POLICY_FILE, value: /etc/aoi/policy.yaml}
- {name: AOI_DATA_DIR, value: /var/lib/aoi}
- {name: AOI_HEALTH_PORT, value: "8080"}
- {name: AOI_LOG_FORMAT, value: json}
{{- with .Values.namespaces }}
- {name: AOI_NAMESPACES, value: {{ join "," . | quote }}}
{{- end }}
- name: AOI_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.database.name }}, key: {{ .Values.secrets.database.key }}}}
{{- end }}

{{- define "aoi.extraEnv" -}}
{{- range $name, $value := . }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "aoi.probes" -}}
livenessProbe: {httpGet: {path: /healthz, port: health}, periodSeconds: 10, failureThreshold: 6}
readinessProbe: {httpGet: {path: /readyz, port: health}, periodSeconds: 5}
{{- end }}

{{- define "aoi.mounts" -}}
- {name: policy, mountPath: /etc/aoi, readOnly: true}
- {name: data, mountPath: /var/lib/aoi}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "aoi.volumes" -}}
- {name: policy, configMap: {name: {{ .Release.Name }}-policy}}
- {name: data, emptyDir: {}}
- {name: tmp, emptyDir: {}}
{{- end }}
