"""Events, one by one and in batches, and with each its reminder."""
