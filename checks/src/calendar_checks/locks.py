"""Parses the projects' lock files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HASH = re.compile(r" --hash=(sha256:[0-9a-f]{64})\b")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One locked version; `requirement` can have a platform marker."""

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
            ValueError: the requirement does not pin one version.
        """
        (specifier,) = self.requirement.specifier
        if specifier.operator != "==":
            raise ValueError(f"{self.requirement} does not pin a version")
        return specifier.version


def read(lock: Path) -> Iterator[Pin]:
    """Read a lock; a package can occur several times, with markers."""
    for line in lock.read_text().replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield Pin(
                requirement=Requirement(line.partition(" --hash")[0]),
                hashes=tuple(_HASH.findall(line)),
            )
