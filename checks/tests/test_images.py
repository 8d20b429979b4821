"""The images carry their projects' versions, and are built in one way."""

import re
from pathlib import Path

import pytest

from calendar_checks.projects import CONTRACTS, PROJECTS, ROOT, SERVICES, Project, parts

ENVIRONMENT = dict(
    line.split("=", 1)
    for line in (ROOT / ".env").read_text().splitlines()
    if line and not line.startswith("#")
)
IMAGES = [*SERVICES, *(project for project in PROJECTS if project.folder.name == "features")]
DOCKERFILES = [project.folder / "Dockerfile" for project in IMAGES]


def pins(text: str, package: str) -> set[str]:
    return set(re.findall(rf"\b{package}(?:==|_VERSION := )([0-9.]+)", text, re.IGNORECASE))


@pytest.mark.parametrize("project", IMAGES, ids=str)
def test_an_image_has_the_version_of_its_project(project: Project) -> None:
    assert ENVIRONMENT[f"{project.folder.name.upper()}_TAG"] == project.version


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_built_with_the_tools_that_make_uses(dockerfile: Path) -> None:
    text = dockerfile.read_text()
    assert pins(text, "uv") == pins((ROOT / "Makefile").read_text(), "uv")
    assert pins(text, "hatchling") == pins(
        (ROOT / "checks/requirements.lock").read_text(), "hatchling"
    )


def test_the_services_images_differ_in_names_ports_and_the_contracts_alone() -> None:
    shapes = set()
    for service in SERVICES:
        (executable,) = service.scripts
        text = (service.folder / "Dockerfile").read_text()
        text = text.replace(f"bin/{executable}", "bin/EXECUTABLE").replace(f"`{executable}`", "`E`")
        text = re.sub(rf"\b{service.folder.name}\b", "NAME", text, flags=re.IGNORECASE)
        text = re.sub(r"EXPOSE [0-9]+", "EXPOSE PORT", text)
        text, copies = re.subn(r"COPY libs/calendar-contracts /src/calendar-contracts\n", "", text)
        text, builds = re.subn(r"/src/calendar-contracts ", "", text)
        assert copies == builds == (CONTRACTS in parts(service))
        # What a service is, in words.
        shapes.add(re.sub(r"(?m)^# The image of.*$", "", text))
    assert len(shapes) == 1
