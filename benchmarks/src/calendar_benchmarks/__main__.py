"""`python -m calendar_benchmarks` is the executable `calendar_benchmarks`."""

from calendar_benchmarks.cli import main

main()
