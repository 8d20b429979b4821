"""`python -m calendar_scheduler` is the executable `calendar_scheduler`."""

from calendar_scheduler.cli import main

main()
