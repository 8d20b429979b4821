"""Downloads Kafka's jars from a Maven repository and verifies them against kafka.lock.toml."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext, PythonResolver

from calendar_local.console import Console
from calendar_local.errors import LocalError
from calendar_local.locks import exclusive

LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")
_KAFKA = "kafka_2.13"


def kafka_version() -> str:
    """Return the locked version of Kafka."""
    return next(each.version for each in _locked() if each.artifactId == _KAFKA)


def fetch_jars(console: Console) -> tuple[Path, ...]:
    """Return Kafka's jars; download missing ones into the user's Maven cache.

    Raises:
        LocalError: a download failed; complete files are kept.
    """
    settings = GlobalSettings.load()
    progress = _Progress(console)
    context = MavenContext(
        resolver=PythonResolver(progress_callback=progress.file),
        repo_cache=settings.repo_cache,
        # Mirrors from the configuration of jgo come first.
        remote_repos={**settings.repositories, "central": MAVEN_CENTRAL_URL},
        timeout=30,
    )
    try:
        with exclusive(settings.cache_dir / "calendar-local.lock"):
            jars = tuple(_fetch(context, each) for each in _locked())
    except (requests.RequestException, RuntimeError) as error:
        raise LocalError(
            f"Downloading Kafka failed: {error}\nRun the command again to continue."
        ) from error
    progress.finish()
    return jars


def _locked() -> list[LockedDependency]:
    return LockFile.load(LOCK_FILE).dependencies


def _fetch(context: MavenContext, locked: LockedDependency) -> Path:
    project = context.project(locked.groupId, locked.artifactId)
    artifact = project.at_version(locked.version).artifact()
    jar = artifact.resolve()
    if _sha256(jar) != locked.sha256:
        # jgo writes in place: an interrupted download leaves an incomplete file.
        jar.unlink()
        jar = artifact.resolve()
    if _sha256(jar) != locked.sha256:
        raise LocalError(f"{jar} does not match its SHA-256 in {LOCK_FILE.name}.")
    return jar


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Progress:
    """Reports downloaded files and bytes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._done = console.timer()
        self._files = 0
        self._bytes = 0

    @contextmanager
    def file(self, _name: str, _size: int) -> Iterator[Callable[[int], None]]:
        if self._files == 0:
            self._console.say("Downloading Kafka (once, about 45 MB) …")
        self._files += 1
        yield self._received

    def finish(self) -> None:
        if self._files:
            self._done(f"Downloaded {self._files} files, {self._megabytes}")

    @property
    def _megabytes(self) -> str:
        return f"{self._bytes / 1e6:.0f} MB"

    def _received(self, size: int) -> None:
        self._bytes += size
        self._console.progress(f"  {self._megabytes} so far, file {self._files}")
