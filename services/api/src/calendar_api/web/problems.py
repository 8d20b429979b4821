"""Errors as clients see them: RFC 9457 problem details. The one place that maps ours to HTTP."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from calendar_api.errors import (
    DatabaseUnavailable,
    EventConflict,
    EventNotFound,
    VersionMismatch,
)

MEDIA_TYPE: Final = "application/problem+json"
MAX_ERRORS: Final = 100
"""Errors that one response lists. Whoever collects errors can stop when there is one more."""

MAX_TEXT: Final = 200
RETRY_LATER: Final = {"Retry-After": "1"}


class FieldsInvalid(Exception):  # noqa: N818
    """What the client sent breaks a rule; `errors` names the fields."""

    def __init__(self, *errors: Mapping[str, Any]) -> None:
        super().__init__(*errors)
        self.errors = errors


def invalid(loc: Sequence[str | int], msg: str, type_: str) -> FieldsInvalid:
    """The error for one field."""
    return FieldsInvalid({"loc": loc, "msg": msg, "type": type_})


def problem(
    scope: Mapping[str, Any],
    status: HTTPStatus,
    detail: str,
    *,
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Iterable[Mapping[str, Any]] | None = None,
) -> Response:
    """An answer that says what is wrong. `kind` tells apart what shares a status.

    503 says by itself when to come back: the same request may work in a moment.
    """
    members: dict[str, Any] = {
        "type": f"urn:calendar:problem:{kind or status.phrase.lower().replace(' ', '-')}",
        "title": (kind or status.phrase).replace("-", " ").capitalize(),
        "status": status.value,
        "detail": detail,
        "instance": scope["raw_path"].decode("latin-1")[:MAX_TEXT],
        "request_id": scope["request_id"],
    }
    if errors is not None:
        members["errors"] = [_field_error(error) for error, _ in zip(errors, range(MAX_ERRORS))]  # noqa: B905
    # Escaped to ASCII, whatever a client's field names hold can be sent back.
    content = json.dumps(members, separators=(",", ":")).encode()
    again = RETRY_LATER if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(content, status, {**(headers or {}), **again}, MEDIA_TYPE)


def _field_error(error: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "loc": [part if isinstance(part, int) else str(part)[:MAX_TEXT] for part in error["loc"]],
        "msg": str(error["msg"])[:MAX_TEXT],
        "type": error["type"],
    }


def install(app: FastAPI) -> None:
    """Makes every error that a route raises a problem."""

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        headers = dict(error.headers or {})
        detail = str(error.detail)
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            # The framework names the methods of the first route of this path only.
            headers["Allow"] = ", ".join(_methods(app.routes, request.url.path)) or headers["Allow"]
            detail = f"This path takes {headers['Allow']}."
        elif status is HTTPStatus.NOT_FOUND:
            detail = "There is nothing at this path."
        return problem(request.scope, status, detail, headers=headers)

    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, _on_error)
    for kind in ANSWERS:
        app.add_exception_handler(kind, _on_error)


def _methods(routes: Sequence[BaseRoute], path: str) -> list[str]:
    at_path = [r for r in routes if isinstance(r, Route) and r.path_regex.match(path)]
    return sorted({method for route in at_path for method in route.methods or ()})


def _invalid(scope: Scope, error: Exception) -> Response:
    assert isinstance(error, FieldsInvalid)
    first = _field_error(error.errors[0])
    where = ".".join(str(part) for part in first["loc"])
    more = f" (only the first {MAX_ERRORS} errors are listed)" * (len(error.errors) > MAX_ERRORS)
    return problem(
        scope,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{where}: {first['msg']}{more}",
        kind="invalid-request",
        errors=error.errors,
    )


def _not_found(scope: Scope, _error: Exception) -> Response:
    return problem(
        scope,
        HTTPStatus.NOT_FOUND,
        "You have no event with this ID.",
        kind="event-not-found",
    )


def _conflict(scope: Scope, error: Exception) -> Response:
    assert isinstance(error, EventConflict)
    ids = ", ".join(str(id_) for id_ in error.ids[:10])
    return problem(
        scope,
        HTTPStatus.CONFLICT,
        f"Stored already, with other content: {ids}. Nothing was changed.",
        kind="event-exists",
    )


def _mismatch(scope: Scope, error: Exception) -> Response:
    assert isinstance(error, VersionMismatch)
    return problem(
        scope,
        HTTPStatus.PRECONDITION_FAILED,
        f'The event is at version "{error.version}", which If-Match does not name.',
        kind="version-mismatch",
        headers={"ETag": f'"{error.version}"'},
    )


def _unavailable(scope: Scope, error: Exception) -> Response:
    # What the driver said is in the error's cause, and stays in the log.
    scope["unavailable"] = str(error)
    return problem(
        scope,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database is away or too slow; try again.",
    )


ANSWERS: Final[Mapping[type[Exception], Callable[[Scope, Exception], Response]]] = {
    FieldsInvalid: _invalid,
    EventNotFound: _not_found,
    EventConflict: _conflict,
    VersionMismatch: _mismatch,
    DatabaseUnavailable: _unavailable,
}


EXPECTED: Final = tuple(ANSWERS)
"""What a route may raise."""


def answer(scope: Scope, error: Exception) -> Response:
    """The answer to what a route raised; `error` is one of `EXPECTED`."""
    return next(make for kind, make in ANSWERS.items() if isinstance(error, kind))(scope, error)


async def _on_error(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        error = FieldsInvalid(*error.errors())
    return answer(request.scope, error)
