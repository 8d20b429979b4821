"""Generates the table of values in the chart's README from the comments in `values.yaml`.

`python -m calendar_helm.readme` updates it.
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
    """The comment lines directly above the key; can be empty."""
    default: Any
    is_section: bool
    """Whether the value has keys with comments."""


def read_values(text: str) -> list[Value]:
    """Return all documented keys, in order."""
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    return list(_values(root, lines=text.splitlines(), prefix=""))


def _values(node: yaml.MappingNode, *, lines: Sequence[str], prefix: str) -> Iterator[Value]:
    for key, value in node.value:
        path = f"{prefix}{key.value}"
        # A flow mapping is a default; the keys of a block mapping are values.
        is_section = isinstance(value, yaml.MappingNode) and not value.flow_style
        # `resources` is one value on two lines.
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
    """Return a heading per top-level section and a row per key."""
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
    """Return the README with a new table after the mark."""
    head, mark, _ = readme.partition(MARK)
    return f"{head}{mark}\n{table(read_values(values))}"


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(), VALUES.read_text()))
