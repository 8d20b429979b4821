"""How many connections the process may have open, by its limit of open files."""

import resource
from typing import Final

import structlog

log = structlog.stdlib.get_logger(__name__)

OTHER_FILES: Final = 64
"""Beside connections of clients and of the pool: libraries, the log, what is being closed."""


def allowed_connections(wanted: int, *, pool_size: int) -> int:
    """Raise the limit of open files as far as needed; how many of the connections fit.

    A server that runs into the limit closes all connections that wait to be accepted.
    """
    others = OTHER_FILES + pool_size
    needed = wanted + others
    allowed = _raise_limit(needed)
    if allowed >= needed:
        return wanted
    connections = max(allowed - others, 1)
    log.warning(
        "few_open_files",
        reason=f"The process may open {allowed} files, and needs {needed} for {wanted}"
        f" connections: it keeps {connections}. Raise its limit (ulimit -n, LimitNOFILE).",
    )
    return connections


def _raise_limit(needed: int) -> int:
    """Raise the soft limit to `needed`, or as far as the hard limit allows; the result."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return needed
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised
