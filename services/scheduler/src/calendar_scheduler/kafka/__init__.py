"""Kafka: connections, topics and the producer of notifications."""
