"""The steps of the scenarios, one subject a module. Loaded as pytest plugins."""
