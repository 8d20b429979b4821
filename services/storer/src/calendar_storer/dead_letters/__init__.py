"""Records that can never be stored, kept in the dead letter topic."""
