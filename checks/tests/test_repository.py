"""What hosts and editors read from the root of the repository names existing things."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from calendar_checks.platforms import MINORS
from calendar_checks.projects import ROOT

ENVIRONMENT = dict(re.findall(r"^([A-Z_]+)=(\S+)$", (ROOT / ".env").read_text(), re.MULTILINE))
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
RENOVATE = json.loads((ROOT / "renovate.json").read_text())
PRE_COMMIT = (ROOT / ".pre-commit-config.yaml").read_text()


@pytest.fixture(scope="module")
def found(files: Sequence[Path]) -> dict[str, set[tuple[str, str]]]:
    """What Renovate finds: the file and the version of each dependency."""
    found = defaultdict(set)
    for manager in RENOVATE["customManagers"]:
        for path in files:
            name = str(path.relative_to(ROOT))
            if not any(re.search(each[1:-1], name) for each in manager["managerFilePatterns"]):
                continue
            for pattern in manager["matchStrings"]:
                for match in re.finditer(pattern.replace("(?<", "(?P<"), path.read_text()):
                    groups: dict[str, Any] = match.groupdict()
                    dependency = groups.get("depName") or manager["depNameTemplate"]
                    found[dependency].add((name, groups["currentValue"]))
    return found


def test_renovate_finds_every_image_that_others_build(
    found: dict[str, set[tuple[str, str]]],
) -> None:
    images = {
        ENVIRONMENT.get(name.replace("_TAG", "_IMAGE"), name.removesuffix("_TAG").lower()): tag
        for name, tag in ENVIRONMENT.items()
        if name.endswith("_TAG")
    }
    others = {image: tag for image, tag in images.items() if not image.startswith("calendar-")}

    assert {"python", "debian", "postgres", "apache/kafka"} <= others.keys()
    assert {image: (".env", tag) in found[image] for image, tag in others.items()} == dict.fromkeys(
        others, True
    )
    for image in ("postgres", "apache/kafka"):
        in_chart = {f"deploy/helm/calendar/{name}.yaml" for name in ("values", "Chart")}
        assert {(name, others[image]) for name in {".env", *in_chart}} == found[image]


def test_renovate_finds_uv_wherever_it_is_pinned(
    files: Sequence[Path], found: dict[str, set[tuple[str, str]]]
) -> None:
    dockerfiles = {
        str(path.relative_to(ROOT))
        for path in files
        if path.name == "Dockerfile" and "uv==" in path.read_text()
    }

    assert len({version for _, version in found["uv"]}) == 1
    assert {name for name, _ in found["uv"]} == {"Makefile", *dockerfiles}


def test_workflows_run_existing_targets() -> None:
    commands = [
        (path.name, target)
        for path in (ROOT / ".github/workflows").iterdir()
        for target in re.findall(r"run: make ([a-z][a-z-]*)(?!\S)", path.read_text())
    ]

    assert ("ci.yml", "check") in commands
    assert [each for each in commands if each[1] not in TARGETS] == []


def test_code_owners_own_existing_files() -> None:
    lines = (ROOT / ".github/CODEOWNERS").read_text().splitlines()
    patterns = [line.split()[0] for line in lines if line and not line.startswith("#")]

    assert patterns
    assert [each for each in patterns if not any(ROOT.glob(each.strip("/")))] == []


def test_hooks_run_existing_tools() -> None:
    entries = re.findall(r"^ +entry: (\S+/.+)$", PRE_COMMIT, re.MULTILINE)
    paths = [word for entry in entries for word in entry.split() if "/" in word]

    assert len(entries) >= 4
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_hook_accepts_the_types_of_commits_that_the_guide_names() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    line = re.search(r"the type is (.+);", guide)
    hook = re.search(r"entry: '\\A\(([a-z|]+)\)", PRE_COMMIT)

    assert line is not None
    assert hook is not None
    assert re.findall(r"`(\w+)`", line[1]) == hook[1].split("|")


def test_development_container_installs_the_projects_and_shows_the_services() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())

    minor = re.fullmatch(r".+/python:3\.([0-9]+)", container["image"])
    ports = [int(ENVIRONMENT[f"{name}_PORT"]) for name in ("API", "SCHEDULER", "STORER")]

    assert minor is not None
    assert int(minor[1]) in MINORS
    assert container["postCreateCommand"].removeprefix("make ") in TARGETS
    assert container["forwardPorts"] == ports


def test_the_address_of_the_repository_is_the_same_everywhere(files: Sequence[Path]) -> None:
    home = re.search(
        r"^home: (\S+)$", (ROOT / "deploy/helm/calendar/Chart.yaml").read_text(), re.MULTILINE
    )
    assert home is not None
    host = home[1].split("/")[2]

    named = {
        (str(path.relative_to(ROOT)), address)
        for path in files
        for address in re.findall(
            rf"https://{re.escape(host)}/[\w-]+/[\w-]+", path.read_text(errors="replace")
        )
    }

    assert (".github/ISSUE_TEMPLATE/config.yml", home[1]) in named
    assert {address for _, address in named} == {home[1]}
