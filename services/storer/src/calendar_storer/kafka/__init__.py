"""How Kafka is reached."""
