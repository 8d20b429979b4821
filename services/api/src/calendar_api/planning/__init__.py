"""The planner: writes reminders of series ahead, and lets events follow new rules of their zone."""
