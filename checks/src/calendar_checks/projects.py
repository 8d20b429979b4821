"""The projects in this repository, as described by their `pyproject.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with its own `pyproject.toml`, locks and changelog."""

    folder: Path
    name: str
    version: str
    scripts: dict[str, str]
    dependencies: tuple[Requirement, ...]
    dev_dependencies: tuple[Requirement, ...]

    @property
    def package(self) -> str:
        """The import name."""
        return self.name.replace("-", "_")

    @property
    def source(self) -> Path:
        """The package folder."""
        return self.folder / "src" / self.package

    def __str__(self) -> str:
        return str(self.folder.relative_to(ROOT))


def read(folder: Path) -> Project:
    """Read a project's description."""
    document = tomllib.loads((folder / "pyproject.toml").read_text())
    about = document["project"]
    groups = document.get("dependency-groups", {})
    return Project(
        folder=folder,
        name=about["name"],
        version=about["version"],
        scripts=about.get("scripts", {}),
        dependencies=tuple(map(Requirement, about.get("dependencies", []))),
        dev_dependencies=tuple(map(Requirement, groups.get("dev", []))),
    )


CONTRACTS: Final = read(ROOT / "libs/calendar-contracts")
SERVICES: Final = tuple(read(ROOT / "services" / name) for name in ("api", "scheduler", "storer"))
PACKAGES: Final = (CONTRACTS, *SERVICES)
"""The packages that are released as wheels."""


def parts(service: Project) -> tuple[Project, ...]:
    """Return a service and the packages of this repository that it depends on."""
    named = {each.name for each in service.dependencies}
    return tuple(each for each in PACKAGES if each.name in {service.name, *named})


PROJECTS: Final = tuple(
    read(description.parent)
    for pattern in ("libs/*", "services/*", "deploy/*", "*")
    for description in sorted(ROOT.glob(f"{pattern}/pyproject.toml"))
)
"""All folders with a `pyproject.toml`, as in the Makefile."""
