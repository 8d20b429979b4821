{{/* The broker's settings, as the image wants them after KAFKA_. Why each: docker-compose.yml, which has the same. */}}
{{- define "calendar.brokerSettings" -}}
PROCESS_ROLES: broker,controller
NODE_ID: "1"
CONTROLLER_QUORUM_VOTERS: 1@localhost:9093
CONTROLLER_LISTENER_NAMES: CONTROLLER
LISTENERS: PLAINTEXT://:9092,CONTROLLER://:9093
# With the namespace, so that a release in another one may use it.
ADVERTISED_LISTENERS: PLAINTEXT://{{ include "calendar.name" (list . "kafka") }}.{{ .Release.Namespace }}.svc:9092
LISTENER_SECURITY_PROTOCOL_MAP: CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
# A folder of its own: what a file system puts at the top of a volume, lost+found, is no log of Kafka's.
LOG_DIRS: /var/lib/kafka/data/broker
AUTO_CREATE_TOPICS_ENABLE: "false"
GROUP_INITIAL_REBALANCE_DELAY_MS: "0"
OFFSETS_TOPIC_REPLICATION_FACTOR: "1"
OFFSETS_TOPIC_NUM_PARTITIONS: "1"
TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1"
TRANSACTION_STATE_LOG_MIN_ISR: "1"
TRANSACTION_STATE_LOG_NUM_PARTITIONS: "1"
SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: "1"
SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: "1"
SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS: "1"
BROKER_HEARTBEAT_INTERVAL_MS: "500"
BROKER_SESSION_TIMEOUT_MS: "2000"
{{- end }}
