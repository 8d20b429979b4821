"""Wheels contain their package and metadata, and install from their lock."""

import subprocess
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from calendar_checks.environments import install, wheel_of
from calendar_checks.projects import CONTRACTS, PACKAGES, SERVICES, Project


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def requirements(wheel: Path) -> list[Requirement]:
    return [Requirement(each) for each in metadata(wheel).get_all("Requires-Dist", [])]


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_service_installs_from_its_lock_and_wheels(
    service: Project, wheels: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    install(service, wheels, environment)

    (name,) = service.scripts
    executable = environment / "bin" / name
    result = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True)

    assert result.stdout == f"{name} {service.version}\n"


def test_services_require_contracts_version_1(wheels: Path) -> None:
    required = {
        service.folder.name: str(each)
        for service in SERVICES
        for each in requirements(wheel_of(service, wheels))
        if each.name == CONTRACTS.name
    }

    assert required == dict.fromkeys(["api", "scheduler", "storer"], "calendar-contracts<2,>=1.1")


@pytest.mark.parametrize("project", PACKAGES, ids=str)
def test_wheel_requires_versions_without_addresses(project: Project, wheels: Path) -> None:
    required = requirements(wheel_of(project, wheels))

    assert required
    assert [each.url for each in required if each.url] == []


def test_contracts_require_only_pydantic(wheels: Path) -> None:
    assert [each.name for each in requirements(wheel_of(CONTRACTS, wheels))] == ["pydantic"]


@pytest.mark.parametrize("project", PACKAGES, ids=str)
def test_wheel_contains_only_its_typed_package(project: Project, wheels: Path) -> None:
    with ZipFile(wheel_of(project, wheels)) as archive:
        names = archive.namelist()

    assert f"{project.package}/py.typed" in names
    about = f"{project.package}-{project.version}.dist-info"
    assert {name.split("/")[0] for name in names} == {project.package, about}
