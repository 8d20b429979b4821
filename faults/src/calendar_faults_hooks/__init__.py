"""Runs inside a service's process, with the service's own packages and nothing else.

Stops the process at a chosen point, shifts its clock, or breaks the service on purpose. Production
code does not know it: `python -m calendar_faults_hooks scheduler …` is the service's executable
with some functions wrapped.
"""
