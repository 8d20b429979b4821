"""Recurring events: rules, their occurrences, and the reminders that are due. Pure: no I/O."""
