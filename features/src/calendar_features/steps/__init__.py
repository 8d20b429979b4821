"""Step definitions, one module per subject, loaded as pytest plugins."""
