"""How a request is read: content types, strict JSON, parameters once each."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import jiter
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from calendar_api.problems import FieldsInvalid, invalid

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"


def parse_json(body: bytes) -> Any:
    """What `body` says. Refuses duplicate keys, NaN, lone surrogates and more than 200 levels.

    Raises:
        ValueError: it is not JSON.
    """
    return jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")


class JsonRequest(Request):
    """A request whose body is JSON and nothing but JSON."""

    async def json(self) -> Any:
        """The body, where it is JSON."""
        try:
            return parse_json(await self.body())
        except ValueError as error:
            raise _Refused(invalid(["body"], f"is not JSON: {error}", "json_invalid")) from None


class _Refused(HTTPException):
    """Carries an error of ours through the framework, which lets none but its own pass."""

    def __init__(self, error: FieldsInvalid) -> None:
        super().__init__(422)
        self.error = error


class JsonRoute(APIRoute):
    """A route that takes JSON where it takes a body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        # What metrics call the route: `{event_id}`, not `{event_id:convertor}`.
        self.path = self.path_format

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wraps what the framework makes of the endpoint."""
        handle = super().get_route_handler()
        accepted = {JSON, MERGE_PATCH} if self.methods == {"PATCH"} else {JSON}
        takes_body = self.body_field is not None

        async def read_and_handle(request: Request) -> Response:
            request = JsonRequest(request.scope, request.receive)
            _refuse_repeated(request)
            if takes_body:
                _require_type(request, accepted)
                if not await request.body():
                    raise invalid(["body"], "is empty", "missing")
            try:
                return await handle(request)
            except _Refused as refused:
                raise refused.error from None

        return read_and_handle


def _require_type(request: Request, accepted: set[str]) -> None:
    essence, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if essence.strip().lower() not in accepted or charset not in {"", "charset=utf-8"}:
        raise HTTPException(415, f"The body must be {' or '.join(sorted(accepted))}, in UTF-8.")


def _refuse_repeated(request: Request) -> None:
    seen = set[str]()
    for name, _ in request.query_params.multi_items():
        if name in seen:
            raise invalid(["query", name], "is given more than once", "repeated")
        seen.add(name)
