"""`python -m calendar_api` is the executable `calendar`."""

from calendar_api.cli import main

main()
