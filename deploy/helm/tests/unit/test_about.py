"""Chart.yaml says what users and Artifact Hub ask for, and it is true."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.test_kubernetes_schemas import OLDEST
from tests.unit.test_versions import IMAGES, ROOT

from calendar_helm.changes import ABOUT, CHANGELOG, newest_changes, rewritten
from calendar_helm.rendering import CHART

DOCUMENT = yaml.safe_load(ABOUT.read_text())
ANNOTATIONS = {
    name.removeprefix("artifacthub.io/"): yaml.safe_load(text)
    for name, text in DOCUMENT["annotations"].items()
}
REPOSITORY = DOCUMENT["home"]


def test_oldest_supported_kubernetes_is_the_oldest_that_is_tested() -> None:
    assert DOCUMENT["kubeVersion"] == f">={OLDEST}.0-0"


def test_license_is_that_of_the_repository() -> None:
    assert (ROOT / "LICENSE").read_text().startswith(f"{ANNOTATIONS['license']} License\n")


def test_images_are_those_of_the_values() -> None:
    named = {each["name"].upper(): each["image"] for each in ANNOTATIONS["images"]}

    assert named == {
        name: f"{image['repository']}:{image['tag']}" for name, image in IMAGES.items()
    }


def test_prerelease_fits_the_version() -> None:
    assert ANNOTATIONS["prerelease"] is ("-" in DOCUMENT["version"])


def test_changes_are_those_of_the_changelog() -> None:
    changelog = CHANGELOG.read_text()

    assert f"## {DOCUMENT['version']}\n" in changelog
    assert ABOUT.read_text() == rewritten(ABOUT.read_text(), changelog), (
        "run `python -m calendar_helm.changes`"
    )
    assert ANNOTATIONS["changes"] == [
        {"kind": kind, "description": text} for kind, text in newest_changes(changelog)
    ]


def test_changes_of_the_newest_version_are_found() -> None:
    changelog = (
        "# Changelog\n\n## 2.0.0\n\n### Added\n\n- `a`: one\n  and a half\n- two\n\n"
        "### Fixed\n\n- three\n\n## 1.0.0\n\n### Added\n\n- four\n"
    )

    assert newest_changes(changelog) == [
        ("added", "a: one and a half"),
        ("added", "two"),
        ("fixed", "three"),
    ]


def test_maintainers_and_sources_are_named() -> None:
    assert DOCUMENT["sources"] == [REPOSITORY]
    assert all(each["name"] and each["url"] == REPOSITORY for each in DOCUMENT["maintainers"])


LINKS: list[Any] = [
    DOCUMENT["icon"],
    *(link["url"] for link in ANNOTATIONS["links"] if link["name"] != "support"),
]


@pytest.mark.parametrize("url", LINKS)
def test_linked_files_exist(url: str) -> None:
    path = re.fullmatch(rf"{re.escape(REPOSITORY)}/(?:blob|raw)/main/(.+)", url)

    assert path is not None
    assert (ROOT / path[1]).is_file()


def test_release_names_the_released_images_and_the_real_repository(tmp_path: Path) -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    steps = {step.get("name"): step for step in workflow["jobs"]["chart"]["steps"]}
    chart = tmp_path / "deploy/helm/calendar"
    shutil.copytree(CHART, chart)

    for name in (
        "The images are those that were released",
        "The address is that of this repository",
    ):
        subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", steps[name]["run"]],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "IMAGE_REGISTRY": "registry.example.com",
                "GITHUB_SERVER_URL": "https://github.example.com",
                "GITHUB_REPOSITORY": "Owner/calendar",
            },
            check=True,
        )

    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    values = yaml.safe_load((chart / "values.yaml").read_text())
    images = yaml.safe_load(about["annotations"]["artifacthub.io/images"])
    assert about["home"] == "https://github.example.com/Owner/calendar"
    assert images[0]["image"] == f"registry.example.com/owner/calendar/api:{about['appVersion']}"
    assert images[0]["image"].startswith(values["api"]["image"]["repository"] + ":")
    runbook = values["monitoring"]["prometheusRule"]["runbookUrl"]
    assert runbook == f"{about['home']}/blob/main/docs/runbook.md"
    assert [
        path for path in chart.rglob("*.*") if path.is_file() and REPOSITORY in path.read_text()
    ] == []
