"""Documents refer to existing make targets, files and settings."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.projects import PROJECTS, ROOT, SERVICES, Project

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))

# Only in code: "make sure" in prose is not a target.
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
    """Return the keys of the first column; `kafka.cert_file`, `.key_file` are two keys."""
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


def test_make_targets_in_documents_exist(files: Sequence[Path]) -> None:
    named = {
        (str(path.relative_to(ROOT)), target)
        for path in files
        if path.suffix in {".md", ".py"} and path != Path(__file__)
        for target in named_targets(path.read_text())
    }

    assert ("README.md", "run") in named
    assert {each for each in named if each[1] not in TARGETS} == set()


def test_relative_links_exist(documents: Sequence[Path]) -> None:
    links = [(path, link) for path in documents for link in relative_links(path.read_text())]

    assert links
    assert [
        f"{path.relative_to(ROOT)}: {link}"
        for path, link in links
        if not (path.parent / link).exists()
    ] == []


def test_targets_and_links_are_found() -> None:
    text = "Make sure.\n```sh\nAPI_PORT=1 make nothing  # make\n```\nor `make none` [x](y.md#z)"

    assert named_targets(text) == {"nothing", "none"}
    assert relative_links(text) == ["y.md"]


def test_targets_have_a_help_text() -> None:
    described = set(re.findall(r"^([a-z][a-z-]*):.*## .", MAKEFILE, re.MULTILINE))

    assert TARGETS - described == {"suite"}


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_project_has_readme_and_changelog(project: Project) -> None:
    readme = (project.folder / "README.md").read_text()
    changelog = (project.folder / "CHANGELOG.md").read_text()

    assert readme.startswith(f"# {project.name}\n")
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == project.version


# Runs in the service's environment: its package cannot be imported here.
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
def test_settings_are_documented(service: Project) -> None:
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


def test_make_installs_every_project() -> None:
    show = ["make", "--dry-run", "--always-make", "install"]
    result = subprocess.run(show, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)

    installed = set(re.findall(r'^echo "Installing (\S+)"$', result.stdout, re.MULTILINE))

    assert installed == {str(project) for project in PROJECTS}
