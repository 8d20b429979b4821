"""PostgreSQL's own load generator: what the database does without any Python."""

import asyncio
import os
import re
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from calendar_benchmarks.load import LoadError
from calendar_local.postgres import BINARIES

_RATE: Final = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


async def transactions(script: Path, *, dsn: str, clients: int, seconds: float) -> float:
    """Transactions per second of a script, with prepared statements."""
    address = urlsplit(dsn)
    assert address.hostname
    assert address.username
    assert address.password
    process = await asyncio.create_subprocess_exec(
        *(BINARIES / "pgbench", "--no-vacuum", "--protocol=prepared", f"--file={script}"),
        *(f"--client={clients}", f"--time={max(1, round(seconds))}", address.path[1:]),
        env=os.environ
        | {
            "PGHOST": address.hostname,
            "PGPORT": str(address.port),
            "PGUSER": address.username,
            "PGPASSWORD": address.password,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await process.communicate()
    rate = _RATE.search(output.decode())
    if process.returncode != 0 or rate is None:
        raise LoadError(f"pgbench failed: {errors.decode()}")
    return float(rate[1])
