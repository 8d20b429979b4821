"""Reading of the settings, and the sections that services share. Identical in every service."""
