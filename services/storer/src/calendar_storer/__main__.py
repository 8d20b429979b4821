"""`python -m calendar_storer` is the executable `calendar_storer`."""

from calendar_storer.cli import main

main()
