"""The chart pins the versions of this repository."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from calendar_helm.rendering import CHART

ROOT = Path(__file__).parents[4]
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
ABOUT = yaml.safe_load((CHART / "Chart.yaml").read_text())
PINS = dict(re.findall(r"^([A-Z]+_(?:IMAGE|TAG))=(.+)$", (ROOT / ".env").read_text(), re.MULTILINE))

IMAGES = {
    "API": VALUES["api"]["image"],
    "SCHEDULER": VALUES["scheduler"]["image"],
    "STORER": VALUES["storer"]["image"],
    "FEATURES": VALUES["tests"]["image"],
    "POSTGRES": VALUES["postgres"]["image"],
    "KAFKA": VALUES["kafka"]["broker"]["image"],
}
PROJECTS = {
    "API": "services/api",
    "SCHEDULER": "services/scheduler",
    "STORER": "services/storer",
    "FEATURES": "features",
}


def version(project: str) -> Any:
    return tomllib.loads((ROOT / project / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.parametrize("name", PROJECTS)
def test_tag_is_the_project_version(name: str) -> None:
    assert IMAGES[name]["tag"] == version(PROJECTS[name])


@pytest.mark.parametrize("name", IMAGES)
def test_compose_uses_the_same_images(name: str) -> None:
    image = IMAGES[name]

    assert (image["repository"], image["tag"]) == (PINS[f"{name}_IMAGE"], PINS[f"{name}_TAG"])


def test_chart_and_app_versions() -> None:
    assert ABOUT["version"] == version("deploy/helm")
    assert ABOUT["appVersion"] == version("services/api")
