"""Contracts between Calendar's services: the notification message, topics and headers."""

from calendar_contracts.notification import Notification
from calendar_contracts.topics import NOTIFICATIONS, dead_letter_topic

__all__ = ["NOTIFICATIONS", "Notification", "dead_letter_topic"]
