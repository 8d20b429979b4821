"""The lock files of the projects: versions and hashes, and on which machines each is installed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HASH = re.compile(r" --hash=(sha256:[0-9a-f]{64})\b")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One locked version; `requirement` has the marker that says where it is installed."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The canonical name."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The version.

        Raises:
            ValueError: the lock names not exactly one.
        """
        (specifier,) = self.requirement.specifier
        if specifier.operator != "==":
            raise ValueError(f"{self.requirement} is no version")
        return specifier.version


def read(lock: Path) -> Iterator[Pin]:
    """Read a lock; a version may come twice, where it differs by platform."""
    for line in lock.read_text().replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield Pin(
                requirement=Requirement(line.partition(" --hash")[0]),
                hashes=tuple(_HASH.findall(line)),
            )
