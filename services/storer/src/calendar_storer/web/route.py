"""The one way from a request to an endpoint: reads the arguments that the endpoint declares.

FastAPI routes the requests, and makes the OpenAPI document of the same declarations
(docs/adr/0011).
"""

import inspect
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast, get_args, get_type_hints

from fastapi import Request, Response, params
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from calendar_storer.web.media_types import require_no_coding, require_type
from calendar_storer.web.problems import FieldsInvalid, invalid
from calendar_storer.web.strict_json import parse_document
from calendar_storer.web.turns import next_turn

T = TypeVar("T")

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"

LARGE: Final = 64 * 1024
"""Bytes of a body that is parsed in a turn of its own."""

Reader = Callable[[Request], Any]
"""Reads one argument from what comes before the body. Raises FieldsInvalid."""

BodyReader = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True)
class ParsedBy:
    """In the annotation of a body: the function that parses and validates it."""

    parse: Callable[[bytes], Awaitable[Any]]


@dataclass(frozen=True)
class ListOfLines:
    """In the annotation of a header: its lines are one list (RFC 9110, section 5.3)."""


class EndpointRoute(APIRoute):
    """A route that reads the arguments of its endpoint. The endpoint returns the response."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        hints = _parameters(endpoint)
        self._readers = _readers(hints)
        self._body_readers = {
            name: _body_reader(hint) for name, hint in hints.items() if name not in self._readers
        }
        self.app = self._serve  # Starlette's name for what serves a route's requests

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        arguments, errors = _read(request, self._readers)
        for name, read in self._body_readers.items():
            try:
                arguments[name] = await read(request)
            except FieldsInvalid as error:
                errors += error.errors
        if errors:
            raise FieldsInvalid(*errors)
        response: Response = await self.endpoint(**arguments)
        await response(scope, receive, send)


def _parameters(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations of a function's parameters, by name."""
    hints = get_type_hints(function, include_extras=True)
    return {name: hints[name] for name in inspect.signature(function).parameters}


def _readers(hints: Mapping[str, Any]) -> Mapping[str, Reader]:
    """The readers of all parameters but the body."""
    readers = {name: _reader(name, hint) for name, hint in hints.items()}
    return {name: read for name, read in readers.items() if read is not None}


def _read(
    request: Request, readers: Mapping[str, Reader]
) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """The arguments, and the errors of all of them."""
    arguments: dict[str, Any] = {}
    errors: list[Mapping[str, Any]] = []
    for name, read in readers.items():
        try:
            arguments[name] = read(request)
        except FieldsInvalid as error:
            errors += error.errors
    return arguments, errors


def _reader(name: str, hint: Any) -> Reader | None:
    """The reader of a parameter, by its annotation; `None` for what FastAPI takes for a body."""
    if hint is Request:
        return _read_request
    for marker in get_args(hint):
        match marker:
            case params.Depends(dependency=function) if function:
                return _dependency_reader(function)
            case params.Path():
                return _path_reader(name, TypeAdapter(hint))
            case params.Query():
                return _query_reader(TypeAdapter(hint))
            case params.Header():
                is_list = ListOfLines() in get_args(hint)
                return _header_reader(marker.alias or name, TypeAdapter(hint), is_list=is_list)
    return None


def _read_request(request: Request) -> Request:
    return request


def _dependency_reader(function: Callable[..., Any]) -> Reader:
    readers = _readers(_parameters(function))

    def read(request: Request) -> Any:
        arguments, errors = _read(request, readers)
        if errors:
            raise FieldsInvalid(*errors)
        return function(**arguments)

    return read


def _path_reader(name: str, adapter: TypeAdapter[T]) -> Reader:
    def read(request: Request) -> T:
        return _validate(adapter, request.path_params[name], "path", name)

    return read


def _query_reader(model: TypeAdapter[T]) -> Reader:
    def read(request: Request) -> T:
        query = request.query_params
        if len(query) < len(query.multi_items()):
            raise _repeated(query.multi_items())
        return _validate(model, dict(query), "query")

    return read


def _repeated(query: Iterable[tuple[str, str]]) -> FieldsInvalid:
    counts = Counter(name for name, _ in query)
    return FieldsInvalid(
        *(
            {"loc": ("query", name), "msg": "is given more than once", "type": "repeated"}
            for name, count in counts.items()
            if count > 1
        )
    )


def _header_reader(name: str, adapter: TypeAdapter[T], *, is_list: bool) -> Reader:
    def read(request: Request) -> T:
        value = request.headers.get(name)
        if is_list and value is not None:
            value = ", ".join(request.headers.getlist(name))
        return _validate(adapter, value, "header", name)

    return read


def _body_reader(hint: Any) -> BodyReader:
    metadata = get_args(hint)
    parsers = [each.parse for each in metadata if isinstance(each, ParsedBy)]
    parse = parsers[0] if parsers else _json_parser(TypeAdapter(hint))
    media_types = {JSON, *(each.media_type for each in metadata if isinstance(each, params.Body))}

    async def read(request: Request) -> Any:
        require_no_coding(request)
        require_type(request, media_types)
        # One chunk, as the body comes from its middleware, is not copied.
        body = b"".join([chunk async for chunk in request.stream() if chunk])
        body = body.removeprefix(BOM_UTF8)  # RFC 8259, 8.1
        if not body:
            raise invalid(["body"], "is empty", "missing")
        if len(body) > LARGE:
            await next_turn()
        return await parse(body)

    return read


def _json_parser(adapter: TypeAdapter[T]) -> Callable[[bytes], Awaitable[T]]:
    async def parse(body: bytes) -> T:
        try:
            document = parse_document(body)
        except ValueError as error:
            raise invalid(["body"], str(error), "json_invalid") from None
        return _validate(adapter, document, "body")

    return parse


def _validate(adapter: TypeAdapter[T], value: Any, *loc: str) -> T:
    try:
        # With `from_attributes`, the message for a value of the wrong type names no class.
        return cast(T, adapter.validator.validate_python(value, from_attributes=True))
    except ValidationError as error:
        raise FieldsInvalid.of(error, *loc) from None


class _MethodNotAllowed:
    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise HTTPException(405)


def fixed_paths_first(routes: Iterable[Route]) -> list[BaseRoute]:
    """Orders routes so that no fixed path is taken for a parameter, whatever the method.

    `DELETE /v1/events/day` is a wrong method (405), not an event with the ID `day`.
    """
    fixed = [route for route in routes if not route.param_convertors]
    others = [route for route in routes if route.param_convertors]
    paths = {route.path: None for route in fixed}
    hiding = [path for path in paths if any(other.path_regex.match(path) for other in others)]
    return [*fixed, *(Route(path, _MethodNotAllowed()) for path in hiding), *others]
