"""Contracts between Calendar's services: the notification message and its ID, topics, headers."""

from calendar_contracts.identity import notification_id
from calendar_contracts.notification import Notification
from calendar_contracts.topics import NOTIFICATIONS, dead_letter_topic

__all__ = ["NOTIFICATIONS", "Notification", "dead_letter_topic", "notification_id"]
