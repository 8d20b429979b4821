"""Others that do the same work, to be measured beside ours. Radicale comes from its package."""
