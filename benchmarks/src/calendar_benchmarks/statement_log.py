"""Which statements PostgreSQL was sent over a database, and when: its own log of them."""

import re
from collections import Counter
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg

# "2026-11-24 09:00:00.123 UTC [4711] LOG:  execute __asyncpg_stmt_1__: SELECT …", and the
# statement's other lines, each of which begins with a tab.
_STATEMENT: Final = re.compile(
    r"LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)",
)
# Applies to sessions that begin after it. There is no pg_stat_statements in every PostgreSQL.
_SWITCH_ON: Final = "ALTER DATABASE {} SET log_statement = 'all'"


class StatementLog:
    """PostgreSQL's log, from some moment on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = log.stat().st_size

    def begin(self) -> None:
        """Forgets what was sent so far."""
        self._start = self._log.stat().st_size

    def counts(self) -> Counter[str]:
        """How often each statement was sent."""
        with self._log.open("rb") as log:
            log.seek(self._start)
            return count(log.read().decode())


def count(text: str) -> Counter[str]:
    """How often each statement is in a log."""
    return Counter(" ".join(statement.split()) for statement in _STATEMENT.findall(text))


async def log_statements(dsn: str, log: Path) -> StatementLog:
    """Has the statements of a database's future sessions logged."""
    name = urlsplit(dsn).path[1:]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_SWITCH_ON.format(name))
    finally:
        await connection.close()
    return StatementLog(log)
