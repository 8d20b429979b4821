"""Renders the chart like `helm template`, without helm or a cluster.

`python -m calendar_helm.rendering` prints the chart with default values.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import helm_python
import yaml

CHART: Final = Path(__file__).parents[2] / "calendar"
RELEASE: Final = "calendar"

Values = Mapping[str, Any]
Manifest = dict[str, Any]

DEFAULTS: Final[Values] = {"postgres": {"password": "not-made-at-random"}}
"""The default values, with a fixed password."""


def render_text(values: Values, *, release: str = RELEASE, namespace: str = "default") -> str:
    """Return all manifests and hooks as YAML, with the paths of their templates.

    Raises:
        helm_python.HelmError: the schema or a template rejects the values.
    """
    with helm_python.Chart.load(CHART) as chart:
        rendered = chart.render(dict(values), name=release, namespace=namespace)
    return "".join(
        f"---\n# Source: {path}\n{text.removeprefix('---').strip()}\n"
        for path, text in sorted(rendered.items())
        if path.endswith(".yaml") and text.strip()
    )


def render(values: Values, *, release: str = RELEASE, namespace: str = "default") -> list[Manifest]:
    """Return all manifests and hooks.

    Raises:
        helm_python.HelmError: the schema or a template rejects the values.
    """
    text = render_text(values, release=release, namespace=namespace)
    # The parser in C: the documents are long, and tests render hundreds of times.
    documents = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return [document for document in documents if document]


if __name__ == "__main__":
    sys.stdout.write(render_text(DEFAULTS))
