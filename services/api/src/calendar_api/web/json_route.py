"""Routes that read JSON requests: content types, the body, each parameter only once."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from calendar_api.events.batch_reader import read_batch
from calendar_api.events.schemas import EventBatchIn
from calendar_api.web.problems import invalid
from calendar_api.web.strict_json import read_document
from calendar_api.web.turns import next_turn

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"

LARGE: Final = 64 * 1024
"""Bytes of a body that is parsed in a turn of its own."""

Reader = Callable[[bytes], Awaitable[Any]]
"""Reads a body: parses it, and may validate it as well."""


class JsonRequest(Request):
    """A request whose body is JSON."""

    _body_read: bytes | None = None
    _document: Any = None

    async def body(self) -> bytes:
        """The body, which arrives in one piece. Starlette's own method would copy it."""
        if self._body_read is None:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._body_read = message.get("body", b"")
        return self._body_read

    async def read_document(self, read: Reader) -> None:
        """Reads the body, before FastAPI does: it makes a 400 of errors that are not its own.

        Raises:
            FieldsInvalid: the body cannot be read.
        """
        body = await self.body()
        if not body:
            raise invalid(["body"], "is empty", "missing")
        if len(body) > LARGE:
            await next_turn()
        self._document = await read(body)

    async def json(self) -> Any:
        """What `read_document` made of the body."""
        return self._document


class JsonRoute(APIRoute):
    """A route whose request body, if it has one, is JSON."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        # What metrics call the route: `{event_id}`, not `{event_id:convertor}`.
        self.path = self.path_format

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wraps FastAPI's handler of the endpoint."""
        handle = super().get_route_handler()
        accepted = {JSON, MERGE_PATCH} if self.methods == {"PATCH"} else {JSON}
        takes_body = self.body_field is not None
        body_model = self.body_field.field_info.annotation if self.body_field else None
        read = read_batch if body_model is EventBatchIn else read_document

        async def read_and_handle(request: Request) -> Response:
            request = JsonRequest(request.scope, request.receive)
            _refuse_repeated(request)
            if takes_body:
                _require_type(request, accepted)
                await request.read_document(read)
            return await handle(request)

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
