"""`python -m calendar_faults` is the executable `calendar_faults`."""

from calendar_faults.cli import main

main()
