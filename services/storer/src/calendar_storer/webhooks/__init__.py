"""Webhooks: every notification is sent to each endpoint that the operator configured."""
