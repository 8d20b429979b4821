"""Other implementations of the same API. Radicale is installed from its package."""
