"""The single values that a client writes, each with its rule, its error and its JSON schema."""
