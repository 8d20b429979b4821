"""Where things lie in the folder of one running system (`.local/`, or a temporary one)."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from calendar_local.processes import Child


class Layout:
    """The folder's parts; makes the folder where it is missing."""

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
        """Return the process of this name, not yet started, with its log `logs/<name>.log`."""
        file = name.lower()
        return Child(name, log=self.logs / f"{file}.log", record=self.records / file)

    def begin_new_logs(self) -> None:
        """Keep the last run's logs as `<part>.log.1`."""
        for log in self.logs.glob("*.log"):
            log.replace(log.with_name(f"{log.name}.1"))

    def write_run_env(self, values: Mapping[str, str]) -> None:
        """Publish the addresses, all at once; only the owner may read them (a password)."""
        new = self.run_env.with_name("run.env.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
        new.replace(self.run_env)

    def read_run_env(self) -> dict[str, str]:
        """Return the addresses of the running system; empty where none runs."""
        if not self.run_env.exists():
            return {}
        lines = self.run_env.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def remove_data(self) -> None:
        """Remove all but the lock's file, which somebody may be waiting for."""
        self.run_env.unlink(missing_ok=True)
        for folder in (self.logs, self.records, self.postgres, self.kafka):
            shutil.rmtree(folder)
