"""Entity tags are compared as RFC 9110 says: strongly in If-Match, weakly in If-None-Match."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_api.errors import VersionMismatch
from calendar_api.web.conditional import Conditions
from calendar_api.web.entity_tags import etag

CURRENT = "3-6441c1a9e0a40"
TAG = etag(CURRENT)
WEAK = f"W/{TAG}"
COMPRESSED = f'"{CURRENT}-gzip"'

NOT_LISTED = "it is not in If-Match"
NO_TAG = "If-Match contains no tag in double quotes"
IS_WEAK = "If-Match lists it as weak, and weak tags never match in If-Match"


def failure(*, if_match: str | None = None, if_none_match: str | None = None) -> str | None:
    """Why the event must not be changed."""
    try:
        Conditions(if_match, if_none_match).require(CURRENT)
    except VersionMismatch as error:
        return error.reason
    return None


def test_a_tag_is_strong() -> None:
    assert TAG == '"3-6441c1a9e0a40"'


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, None),
        ("*", None),
        (" * ", None),
        (TAG, None),
        (f'"x", {TAG} ,"y"', None),
        (f'"x",,{TAG},', None),
        (f'"a,b",{TAG}', None),
        (f"x, {TAG}", None),
        (COMPRESSED, None),
        (f'{WEAK}, "x", {COMPRESSED}', None),
        (WEAK, IS_WEAK),
        (f'"x", {WEAK}', IS_WEAK),
        (f'W/"{CURRENT}-gzip"', IS_WEAK),
        ("", NO_TAG),
        (",", NO_TAG),
        (CURRENT, NO_TAG),
        (f"'{CURRENT}'", NO_TAG),
        (f"{TAG}x", NO_TAG),
        (f"x{TAG}", NO_TAG),
        (f'"{CURRENT}', NO_TAG),
        (f'"{CURRENT} "', NO_TAG),
        (f"w/{TAG}", NO_TAG),
        (f"W/ {TAG}", NO_TAG),
        ("*, *", NO_TAG),
        ('""', NOT_LISTED),
        ('"*"', NOT_LISTED),
        ('"3"', NOT_LISTED),
        (f'*, "x{CURRENT}"', NOT_LISTED),
        (f'"{CURRENT}-br"', NOT_LISTED),
        (f'"{CURRENT}-gzip-gzip"', NOT_LISTED),
        (f'"{CURRENT.upper()}"', NOT_LISTED),
        (f'"a,{CURRENT}"', NOT_LISTED),
        (f'W/"3", "{CURRENT}0"', NOT_LISTED),
    ],
)
def test_if_match_lists_the_current_tag_or_says_why_not(
    header: str | None, reason: str | None
) -> None:
    assert failure(if_match=header) == reason


@pytest.mark.parametrize(
    ("header", "is_known"),
    [
        (None, False),
        ("*", True),
        (TAG, True),
        (WEAK, True),
        (COMPRESSED, True),
        (f'W/"{CURRENT}-gzip"', True),
        (f'"x", {WEAK}', True),
        (f'"x" , "\xff", {TAG}', True),
        ('"x"', False),
        ('"*"', False),
        ("*, *", False),
        (CURRENT, False),
        (f"w/{TAG}", False),
        (f'"{CURRENT}0"', False),
        ("", False),
    ],
)
def test_if_none_match_names_what_the_client_has(header: str | None, *, is_known: bool) -> None:
    assert Conditions(None, header).is_known(CURRENT) is is_known
    assert failure(if_none_match=header) == ("If-None-Match matches it" if is_known else None)


def test_if_match_comes_first() -> None:
    with pytest.raises(VersionMismatch):
        Conditions('"x"', TAG).is_known(CURRENT)
    assert failure(if_match='"x"', if_none_match=TAG) == NOT_LISTED
    assert failure(if_match=TAG, if_none_match=TAG) == "If-None-Match matches it"


# Characters of tags, and such that give them structure.
headers = st.text(st.sampled_from('W/"*, \t-gzip3\xff') | st.characters(max_codepoint=255))


@given(headers, headers)
def test_any_header_is_read(one: str, other: str) -> None:
    with suppress(VersionMismatch):
        Conditions(one, other).require(CURRENT)


@given(st.lists(st.sampled_from([TAG, '"x"', WEAK, COMPRESSED, "x", '"a,b"', ""])))
def test_an_element_matches_wherever_it_is(elements: list[str]) -> None:
    is_listed = TAG in elements or COMPRESSED in elements
    assert (failure(if_match=",".join(elements)) is None) == is_listed
