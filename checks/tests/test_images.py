"""Images have their projects' versions, and Dockerfiles are consistent."""

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
def test_image_tag_is_project_version(project: Project) -> None:
    assert ENVIRONMENT[f"{project.folder.name.upper()}_TAG"] == project.version


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_dockerfile_pins_the_tools_of_the_makefile(dockerfile: Path) -> None:
    text = dockerfile.read_text()
    assert pins(text, "uv") == pins((ROOT / "Makefile").read_text(), "uv")
    assert pins(text, "hatchling") == pins(
        (ROOT / "checks/requirements.lock").read_text(), "hatchling"
    )


def test_service_dockerfiles_differ_only_in_name_port_and_contracts() -> None:
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
        # The comment that describes the service.
        shapes.add(re.sub(r"(?m)^# The image of.*$", "", text))
    assert len(shapes) == 1
