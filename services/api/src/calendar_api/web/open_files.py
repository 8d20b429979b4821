"""How many connections the process may have open, by its limit of open files."""

import resource
from typing import Final

import structlog

from calendar_api.web.connection_limits import MAX_CONNECTIONS

log = structlog.stdlib.get_logger(__name__)

OTHER_FILES: Final = 64
"""Beside connections of clients and of the pool: libraries, the log, what is being closed."""


def allowed_connections(pool_size: int) -> int:
    """Raise the limit of open files as far as needed; the number of connections that fit.

    A server that runs into the limit closes all connections that wait to be accepted.
    """
    others = OTHER_FILES + pool_size
    needed = MAX_CONNECTIONS + others
    allowed = _raise_limit(needed)
    if allowed >= needed:
        return MAX_CONNECTIONS
    connections = max(allowed - others, 1)
    log.warning(
        "few_open_files",
        reason=f"The process may open {allowed} files, and needs {needed} for {MAX_CONNECTIONS}"
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
