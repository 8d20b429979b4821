"""Checks what the headers of a request say about its body; a 415 names what is accepted."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException

# RFC 9110, 5.6.6 and 8.3.1. Empty parameters are allowed.
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_PARAMETER: Final = re.compile(
    rf"[ \t]*+;[ \t]*+(?:({_NAME})=({_NAME}|\"(?:[^\"\\]|\\.)*+\"))?+[ \t]*+"
)
_UTF_8: Final = {"utf-8", "utf8"}


def require_type(request: Request, accepted: AbstractSet[str]) -> None:
    """Refuses a body of another type, or in another charset than UTF-8.

    Raises:
        HTTPException: 415.
    """
    # Several lines are one list, which is not a media type.
    essence, parameters = _parse(", ".join(request.headers.getlist("content-type")))
    charsets = {value for name, value in parameters if name == "charset"}
    if essence not in accepted or not charsets <= _UTF_8:
        types = sorted(accepted)
        header = "Accept-Patch" if request.method == "PATCH" else "Accept"
        raise HTTPException(
            415, f"The body must be {' or '.join(types)}, in UTF-8.", {header: ", ".join(types)}
        )


def require_no_coding(request: Request) -> None:
    """Refuses a compressed body, and one that says it is.

    Raises:
        HTTPException: 415.
    """
    lines = request.headers.getlist("content-encoding")
    codings = {coding.strip().lower() for line in lines for coding in line.split(",")}
    if not codings <= {"", "identity"}:
        raise HTTPException(
            415,
            "The body must not be compressed: no Content-Encoding but identity is accepted.",
            {"Accept-Encoding": "identity"},
        )


def _parse(content_type: str) -> tuple[str, list[tuple[str, str]]]:
    """Returns type and subtype, and the parameters; an empty type for what is not a media type."""
    essence = content_type.partition(";")[0]
    parameters = []
    position = len(essence)
    while position < len(content_type):
        parameter = _PARAMETER.match(content_type, position)
        if parameter is None:
            return "", []
        name, value = parameter.groups(default="")
        parameters.append((name.lower(), re.sub(r"\\(.)", r"\1", value.strip('"')).lower()))
        position = parameter.end()
    return essence.strip().lower(), parameters
