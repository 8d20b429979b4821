"""Runs inside a service's process, with the service's own packages and nothing else.

Stops it at chosen points, turns its clock, or breaks it on purpose. Production code knows nothing
of it: `python -m calendar_faults_hooks scheduler …` is the executable with some methods wrapped.
"""
