"""The chart with its defaults is what it was: a change shows in full."""

from pathlib import Path

from calendar_helm.rendering import DEFAULTS, render_text

GOLDEN = Path(__file__).with_name("golden") / "default.yaml"


def test_defaults_match_the_golden_file() -> None:
    assert render_text(DEFAULTS).splitlines() == GOLDEN.read_text().splitlines(), (
        ".venv/bin/python -m calendar_helm.rendering > tests/unit/golden/default.yaml"
    )
