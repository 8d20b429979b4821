"""The table of values in the chart's README, made from the comments in `values.yaml`.

`python -m calendar_helm.readme` writes it anew.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from calendar_helm.rendering import CHART

VALUES: Final = CHART / "values.yaml"
README: Final = CHART / "README.md"
MARK: Final = (
    "<!-- From here on written by calendar_helm.readme, from the comments in values.yaml. -->\n"
)

_HEAD: Final = "| key | default | |\n| --- | --- | --- |\n"


@dataclass(frozen=True, kw_only=True)
class Value:
    """One key of `values.yaml`."""

    path: str
    comment: str
    """The comment lines right above it; empty where there are none."""
    default: Any
    is_section: bool
    """Whether keys follow that have comments of their own."""


def read_values(text: str) -> list[Value]:
    """All keys with a comment or a place for one, in their order."""
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    return list(_values(root, lines=text.splitlines(), prefix=""))


def _values(node: yaml.MappingNode, *, lines: Sequence[str], prefix: str) -> Iterator[Value]:
    for key, value in node.value:
        path = f"{prefix}{key.value}"
        # `{ in: one line }` is a default; keys on lines of their own are values themselves.
        is_section = isinstance(value, yaml.MappingNode) and not value.flow_style
        # What to ask for is one thing, though it takes two lines.
        is_section = is_section and key.value != "resources"
        yield Value(
            path=path,
            comment=_comment_above(key.start_mark.line, lines),
            default=None if is_section else yaml.safe_load(yaml.serialize(value)),
            is_section=is_section,
        )
        if is_section:
            yield from _values(value, lines=lines, prefix=f"{path}.")


def _comment_above(line: int, lines: Sequence[str]) -> str:
    words: list[str] = []
    while line and (above := lines[line - 1].strip()).startswith("#"):
        words.insert(0, above.removeprefix("#").strip())
        line -= 1
    return " ".join(words)


def table(values: Sequence[Value]) -> str:
    """A heading for each section at the top, and a row for each key."""
    return _HEAD + "".join(map(_entry, values))


def _entry(value: Value) -> str:
    if value.is_section and "." not in value.path:
        return f"\n### {value.path}\n\n{value.comment}\n\n{_HEAD}"
    if value.is_section:
        return f"| **`{value.path}`** | | {_cell(value.comment)} |\n"
    default = json.dumps(value.default, ensure_ascii=False)
    return f"| `{value.path}` | `{_cell(default)}` | {_cell(value.comment)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rewritten(readme: str, values: str) -> str:
    """The README with a new table behind the mark."""
    head, mark, _ = readme.partition(MARK)
    return f"{head}{mark}\n{table(read_values(values))}"


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(), VALUES.read_text()))
