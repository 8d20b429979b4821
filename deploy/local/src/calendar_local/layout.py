"""Paths in the folder of a running system (`.local/` or a temporary one)."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from calendar_local.errors import LocalError
from calendar_local.processes import Child


class Layout:
    """Creates the folder and its subfolders."""

    def __init__(self, home: Path, *, logs: Path | None = None) -> None:
        self.home = home
        self.lock = home / "lock"
        self.run_env = home / "run.env"
        self.logs = logs or home / "logs"
        self.records = home / "processes"
        self.postgres = home / "postgres"
        self.kafka = home / "kafka"
        for folder in (self.logs, self.records, self.postgres, self.kafka):
            folder.mkdir(parents=True, exist_ok=True)

    def child(self, name: str) -> Child:
        """Return a process that is not started, with the log `logs/<name>.log`."""
        file = name.lower()
        return Child(name, log=self.logs / f"{file}.log", record=self.records / file)

    def begin_new_logs(self) -> None:
        """Keep the last run's logs as `<part>.log.1`."""
        for log in self.logs.glob("*.log"):
            log.replace(log.with_name(f"{log.name}.1"))

    def write_run_env(self, values: Mapping[str, str]) -> None:
        """Write the addresses atomically, readable only by the owner, because of the password."""
        new = self.run_env.with_name("run.env.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
        new.replace(self.run_env)

    def addresses(self) -> dict[str, str]:
        """Return the addresses of the running system.

        Raises:
            LocalError: it is not running.
        """
        try:
            lines = self.run_env.read_text().splitlines()
        except FileNotFoundError:
            raise LocalError("Calendar is not running: start it with `make run`.") from None
        return dict(line.split("=", 1) for line in lines)

    def remove_data(self) -> None:
        """Remove everything except the lock file, which other processes may wait for."""
        self.run_env.unlink(missing_ok=True)
        for folder in (self.logs, self.records, self.postgres, self.kafka):
            shutil.rmtree(folder)
