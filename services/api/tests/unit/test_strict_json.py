"""A JSON text is strict, and what it may cost to parse is limited."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jiter
import pytest

from calendar_api.web.bodies import MAX_BODY
from calendar_api.web.strict_json import MAX_SEPARATORS, parse_document, parse_value

VALUES: list[Any] = [
    0,
    -1.5e3,
    None,
    "",
    'a"b\\',
    "\\",
    "]},{[",
    "\U0001f600\n",
    [],
    {},
    [[], [{}], {"a": [1, "]"]}],
    {"a": {"b": {"c": "}"}}, "\\": "x"},
]


@pytest.mark.parametrize("separator", [",", "]"])
@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("dumps", [json.dumps, lambda v: json.dumps(v, ensure_ascii=False)])
def test_a_value_ends_before_the_next_separator(
    value: Any, separator: str, dumps: Callable[[Any], str]
) -> None:
    text = dumps(value).encode()
    assert parse_value(b"[1, " + text + f" {separator} 2".encode(), 3) == (value, 5 + len(text))


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_may_end_with_the_text(value: Any) -> None:
    text = json.dumps(value).encode()
    assert parse_value(text, 0) == (value, len(text))
    assert parse_document(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'"',
        b'"a',
        b'{"a" "b"}',
        b'{"a": "b" "c"}',
        b'""""',
        b"{}}",
        b"{} {}",
        b"[}",
        b"[NaN]",
        b'{"a": 1, "a": 2}',
        b'"\\ud800"',
        b'"\xff"',
        b"9" * 5_000,
        b"[" * 300 + b"]" * 300,
    ],
)
def test_what_is_not_json_is_refused_with_the_parsers_reason(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"^is not JSON: .* at line 1 column"):
        parse_document(text)


def test_the_number_of_separators_is_limited() -> None:
    most = b"[" + b"0," * (MAX_SEPARATORS - 2) + b"0]"
    assert len(parse_document(most)) == MAX_SEPARATORS - 1
    assert len(parse_value(most, 0)[0]) == MAX_SEPARATORS - 1
    for parse in (parse_document, lambda text: parse_value(text, 0)):
        with pytest.raises(ValueError, match="commas and brackets"):
            parse(most.replace(b"0]", b"0,0]"))


def test_the_size_of_a_value_is_that_of_a_body() -> None:
    largest = b'"' + b"x" * (MAX_BODY - 2) + b'"'
    assert parse_value(largest + b",", 0)[1] == MAX_BODY
    with pytest.raises(ValueError, match="has more than 1048576 bytes"):
        parse_value(b'"x' + largest[1:] + b",", 0)


def test_a_mistake_is_named_though_much_text_follows() -> None:
    text = b'{"title": "x" "y"}' + b" " * 2 * MAX_BODY
    with pytest.raises(ValueError, match="expected `,` or `}` at line 1 column 15"):
        parse_value(text, 0)


@pytest.mark.parametrize("unit", [b"[", b"{},", b"0,", b'""', b" ", b"\\", b'"a":', b'"\\"",'])
def test_of_a_hostile_text_only_a_bounded_part_is_parsed(
    unit: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []
    parse = jiter.from_json

    def recording(text: bytes, **options: Any) -> Any:
        parsed.append(len(text))
        return parse(text, **options)

    monkeypatch.setattr(jiter, "from_json", recording)
    with suppress(ValueError):
        parse_value(unit * (4 * MAX_BODY // len(unit)), 0)
    assert sum(parsed) <= MAX_BODY
