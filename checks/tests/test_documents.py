"""What the documents say to type or to read is there."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.projects import PROJECTS, ROOT, SERVICES, Project

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))

# In code alone: prose makes sure, too.
CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:^|\s)make(?: [A-Z]+=\S+)* ([a-z][a-z-]*)")
SETTINGS = re.compile(
    r"^\| (`(?:database|kafka|http|log|api|scheduler|storer)\.[^|]*) \|", re.MULTILINE
)
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")


def named_targets(text: str) -> set[str]:
    code = "\n".join(block or span for block, span in CODE.findall(text))
    return set(MAKE.findall(code))


def documented_settings(text: str) -> list[str]:
    """The keys in the first column; `kafka.cert_file`, `.key_file` are two of one section."""
    found = []
    for cell in SETTINGS.findall(text):
        section = re.match(r"`(\w+)\.", cell)[1]  # type: ignore[index]
        found += [f"{section}.{key}" for key in re.findall(r"`\w*\.(\w+)`", cell)]
    return found


def relative_links(text: str) -> list[str]:
    return [link for link in LINK.findall(text) if ":" not in link]


@pytest.fixture(scope="module")
def documents(files: Sequence[Path]) -> list[Path]:
    return [path for path in files if path.suffix == ".md"]


def test_every_make_target_that_is_named_exists(files: Sequence[Path]) -> None:
    named = {
        (str(path.relative_to(ROOT)), target)
        for path in files
        if path.suffix in {".md", ".py"} and path != Path(__file__)
        for target in named_targets(path.read_text())
    }

    assert ("README.md", "run") in named
    assert {each for each in named if each[1] not in TARGETS} == set()


def test_every_relative_link_leads_somewhere(documents: Sequence[Path]) -> None:
    links = [(path, link) for path in documents for link in relative_links(path.read_text())]

    assert links
    assert [
        f"{path.relative_to(ROOT)}: {link}"
        for path, link in links
        if not (path.parent / link).exists()
    ] == []


def test_what_is_looked_for_is_found() -> None:
    text = "Make sure.\n```sh\nAPI_PORT=1 make nothing  # make\n```\nor `make none` [x](y.md#z)"

    assert named_targets(text) == {"nothing", "none"}
    assert relative_links(text) == ["y.md"]


def test_every_target_has_its_line_in_the_help() -> None:
    described = set(re.findall(r"^([a-z][a-z-]*):.*## .", MAKEFILE, re.MULTILINE))

    assert TARGETS - described == {"suites"}


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_a_project_says_what_it_is_and_what_changed(project: Project) -> None:
    readme = (project.folder / "README.md").read_text()
    changelog = (project.folder / "CHANGELOG.md").read_text()

    assert readme.startswith(f"# {project.name}\n")
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == project.version


# Runs where the service is installed: its package is not importable here.
PRINT_SETTINGS = """
import sys
from importlib import import_module
from pydantic import BaseModel

def keys(model):
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{name}.{key}" for key in keys(field.annotation))
        else:
            yield name

print(*keys(import_module(sys.argv[1]).Settings))
"""


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_the_table_of_settings_is_complete(service: Project) -> None:
    python = service.folder / ".venv/bin/python"
    result = subprocess.run(
        [python, "-c", PRINT_SETTINGS, f"{service.package}.config"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    keys = result.stdout.split()

    documented = documented_settings((service.folder / "README.md").read_text())

    assert sorted(documented) == sorted(keys)


def test_every_project_is_installed_and_tested() -> None:
    show = ["make", "--dry-run", "--always-make", "install"]
    result = subprocess.run(show, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)

    installed = set(re.findall(r'^echo "Installing (\S+)"$', result.stdout, re.MULTILINE))

    assert installed == {str(project) for project in PROJECTS}
