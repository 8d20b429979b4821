"""The README documents every value with its comment in values.yaml."""

from calendar_helm.readme import README, VALUES, read_values, rewritten, table

TEXT = """\
# About it all.

# A section.
one:
  # What it is,
  # in two lines.
  key: "a|b"
  other: {}
# A list.
two: [1]
"""


def test_readme_is_current() -> None:
    assert README.read_text() == rewritten(README.read_text(), VALUES.read_text()), (
        ".venv/bin/python -m calendar_helm.readme"
    )


def test_every_value_has_a_comment() -> None:
    values = read_values(VALUES.read_text())

    assert len(values) > 100
    assert [value.path for value in values if not value.comment] == []


def test_comment_is_directly_above_the_key() -> None:
    one, key, other, two = read_values(TEXT)

    assert (one.path, one.comment, one.is_section) == ("one", "A section.", True)
    assert (key.path, key.comment, key.default) == ("one.key", "What it is, in two lines.", "a|b")
    assert (other.path, other.comment, other.default) == ("one.other", "", {})
    assert (two.path, two.comment, two.default) == ("two", "A list.", [1])


def test_pipe_is_escaped() -> None:
    assert '| `one.key` | `"a\\|b"` | What it is, in two lines. |' in table(read_values(TEXT))


def test_text_before_the_mark_is_kept() -> None:
    before, _, _ = README.read_text().partition("## Values")

    assert before
    assert rewritten(README.read_text(), TEXT).startswith(before)
