"""Events, single and in batches, and their reminders."""
