"""Strict JSON within limits: one document, or one value out of a longer text."""

import re
from typing import Any, Final

import jiter

from calendar_storer.web.bodies import MAX_BODY

MAX_SEPARATORS: Final = 20_000
"""Commas and brackets in one document. It bounds the objects that parsing creates: without it, a
document of 1 MiB could hold 350,000 of them."""

# Up to the next comma or bracket: between two of them JSON has at most a name and a text.
_STEP: Final = re.compile(
    rb'[^"\[\]{},]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{},]*+){0,2}+([\[\]{},])', re.DOTALL
)


def parse_document(text: bytes) -> Any:
    """Parses a text that is one JSON value.

    Raises:
        ValueError: `text` is not JSON, or breaks a limit. The message completes a sentence.
    """
    find_end(text, 0)
    return _parse(text)


def parse_value(text: bytes, start: int) -> tuple[Any, int]:
    """Parses the JSON value at `start`; also returns the position of the separator after it.

    Raises:
        ValueError: it is not JSON, or breaks a limit. The message completes a sentence.
    """
    end = find_end(text, start)
    return _parse(text[start:end], is_cut=end - start == MAX_BODY), end


def find_end(text: bytes, start: int) -> int:
    """Returns where the value at `start` ends: before the next separator outside of it.

    That is the end of the text, or of the largest document, where there is no such separator. Looks
    at strings, commas and brackets only; the parser decides whether they make JSON.

    Raises:
        ValueError: the value has too many separators.
    """
    limit = min(start + MAX_BODY, len(text))
    position, depth = start, 0
    for _ in range(MAX_SEPARATORS + 1):  # and the one after the value
        step = _STEP.match(text, position, limit)
        if step is None:
            return limit
        position = step.end()
        if step[1] in b"[{":
            depth += 1
        elif depth == 0:
            return position - 1
        elif step[1] in b"]}":
            depth -= 1
    raise ValueError(f"has more than {MAX_SEPARATORS} commas and brackets")


def _parse(text: bytes, *, is_cut: bool = False) -> Any:
    """Refuses duplicate names, NaN, lone surrogates and more than 200 levels, too."""
    try:
        return jiter.from_json(
            text, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys"
        )
    except ValueError as error:
        if is_cut and str(error).startswith("EOF"):
            raise ValueError(f"has more than {MAX_BODY} bytes") from None
        raise ValueError(f"is not JSON: {error}") from None
