"""Entity tags are compared as RFC 9110 says: strongly for changes, weakly for reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_api.web.conditional import etag, if_match, if_none_match


@given(st.integers(1, 2**31 - 1))
def test_a_version_matches_its_own_tag(version: int) -> None:
    assert if_match(etag(version)) == frozenset({version})
    assert if_none_match(etag(version), version)


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, None),
        ("*", None),
        (" * ", None),
        ('"3"', {3}),
        ('"3", "5" ,"7"', {3, 5, 7}),
        ('"3","x"', {3}),
        ('W/"3"', set()),
        ('W/"3", "5"', {5}),
        ("3", set()),
        ("", set()),
        ('""', set()),
        ('"0"', set()),
        ('"03"', set()),
        ('"-3"', set()),
        ('"3', set()),
        ('"٣"', set()),
        ('"' + "9" * 5_000 + '"', set()),
    ],
)
def test_if_match_names_versions(header: str | None, versions: set[int] | None) -> None:
    assert if_match(header) == (None if versions is None else frozenset(versions))


@pytest.mark.parametrize(
    ("header", "is_known"),
    [
        (None, False),
        ("*", True),
        ('"3"', True),
        ('W/"3"', True),
        ('"2", W/"3"', True),
        ('"2"', False),
        ('"33"', False),
        ('"03"', False),
        ("3", False),
        ("", False),
    ],
)
def test_if_none_match_knows_version_3(header: str | None, *, is_known: bool) -> None:
    assert if_none_match(header, 3) is is_known


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    versions = if_match(header)
    assert versions is None or all(0 < version < 10**10 for version in versions)
    assert if_none_match(header, 1) in {True, False}
