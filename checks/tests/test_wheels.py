"""What is released is what the locks and descriptions say, and installs by itself."""

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
def test_a_service_installs_with_its_own_packages_alone(
    service: Project, wheels: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    install(service, wheels, environment)

    (name,) = service.scripts
    executable = environment / "bin" / name
    result = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True)

    assert result.stdout == f"{name} {service.version}\n"


def test_who_reads_or_writes_the_message_asks_for_its_first_major_version(wheels: Path) -> None:
    asked = {
        service.folder.name: str(each)
        for service in SERVICES
        for each in requirements(wheel_of(service, wheels))
        if each.name == CONTRACTS.name
    }

    assert asked == dict.fromkeys(["scheduler", "storer"], "calendar-contracts<2,>=1")


@pytest.mark.parametrize("project", PACKAGES, ids=str)
def test_a_wheel_names_versions_and_no_addresses(project: Project, wheels: Path) -> None:
    asked = requirements(wheel_of(project, wheels))

    assert asked
    assert [each.url for each in asked if each.url] == []


def test_the_contracts_need_pydantic_alone(wheels: Path) -> None:
    assert [each.name for each in requirements(wheel_of(CONTRACTS, wheels))] == ["pydantic"]


@pytest.mark.parametrize("project", PACKAGES, ids=str)
def test_a_wheel_holds_its_package_typed_and_nothing_else(project: Project, wheels: Path) -> None:
    with ZipFile(wheel_of(project, wheels)) as archive:
        names = archive.namelist()

    assert f"{project.package}/py.typed" in names
    about = f"{project.package}-{project.version}.dist-info"
    assert {name.split("/")[0] for name in names} == {project.package, about}
