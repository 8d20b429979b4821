"""Errors as clients see them: problem details (RFC 9457)."""

import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any, Final, Self

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from calendar_api.errors import DatabaseUnavailable

MEDIA_TYPE: Final = "application/problem+json"
MAX_ERRORS: Final = 100
"""Errors that one response lists. Code that collects errors can stop when there is one more."""

MAX_TEXT: Final = 200
RETRY_LATER: Final = {"Retry-After": "1"}

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]
"""Answers a request with the problem for its error."""


class FieldsInvalid(Exception):  # noqa: N818
    """Parts of the request are invalid; `errors` names them."""

    def __init__(self, *errors: Mapping[str, Any]) -> None:
        super().__init__(*errors)
        self.errors = errors

    @classmethod
    def of(cls, error: ValidationError, *loc: str | int) -> Self:
        """The errors that pydantic found in the part of the request at `loc`."""
        # Without the input, which may be large.
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return cls(*({**each, "loc": (*loc, *each["loc"])} for each in found))


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
    """Returns a problem response. `kind` distinguishes problems that share a status."""
    members: dict[str, Any] = {
        "type": f"urn:calendar:problem:{kind or status.phrase.lower().replace(' ', '-')}",
        "title": (kind or status.phrase).replace("-", " ").capitalize(),
        "status": status.value,
        "detail": detail,
        "instance": scope["raw_path"].decode("latin-1")[:MAX_TEXT],
        "request_id": scope["request_id"],
    }
    if errors is not None:
        members["errors"] = [_field_error(error) for error in islice(errors, MAX_ERRORS)]
    # ASCII only: names of fields that a client sent may hold lone surrogates.
    content = json.dumps(members, separators=(",", ":")).encode()
    retry = RETRY_LATER if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(content, status, {**(headers or {}), **retry}, MEDIA_TYPE)


def _field_error(error: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "loc": [part if isinstance(part, int) else str(part)[:MAX_TEXT] for part in error["loc"]],
        "msg": str(error["msg"])[:MAX_TEXT],
        "type": error["type"],
    }


async def _http_error(request: Request, error: HTTPException) -> Response:
    status, detail, headers = HTTPStatus(error.status_code), error.detail, error.headers
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        methods = _allowed_methods(request)
        if request.method == "OPTIONS":
            return Response(None, HTTPStatus.NO_CONTENT, {"Allow": methods})
        detail, headers = f"This path takes {methods}.", {"Allow": methods}
    elif status is HTTPStatus.NOT_FOUND:
        detail = "There is nothing at this path."
    return problem(request.scope, status, detail, headers=headers)


def _allowed_methods(request: Request) -> str:
    """Of all routes with this path; Starlette names those of one."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    path = next(r.path for r in routes if r.matches(request.scope)[0] is not Match.NONE)
    methods = {method for r in routes if r.path == path for method in r.methods or ()}
    # Middlewares add HEAD to GET, and this module OPTIONS.
    return ", ".join(sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))


async def fields_invalid(request: Request, error: FieldsInvalid) -> Response:
    """Answers a request of which parts are invalid."""
    first = _field_error(error.errors[0])
    where = ".".join(str(part) for part in first["loc"])
    more = f" (only the first {MAX_ERRORS} errors are listed)" * (len(error.errors) > MAX_ERRORS)
    return problem(
        request.scope,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{where}: {first['msg']}{more}",
        kind="invalid-request",
        errors=error.errors,
    )


def refusal(status: HTTPStatus, kind: str, detail: str) -> Handler:
    """The handler of an error that is always described in the same words."""

    async def handle(request: Request, _error: Exception) -> Response:
        return problem(request.scope, status, detail, kind=kind)

    return handle


async def _unavailable(request: Request, error: DatabaseUnavailable) -> Response:
    request.scope["unavailable"] = str(error)  # for the access log only
    return problem(
        request.scope,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database is away or too slow; try again.",
    )


HANDLERS: Final[dict[int | type[Exception], Handler]] = {
    HTTPException: _http_error,
    FieldsInvalid: fields_invalid,
    DatabaseUnavailable: _unavailable,
}
"""The problem for each error that any endpoint may raise. Errors without a handler are a 500."""
