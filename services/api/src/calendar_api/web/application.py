"""Puts a REST API together: endpoints, documentation, health, and what surrounds them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.routing import Route

from calendar_api.web import docs
from calendar_api.web.bodies import BodyMiddleware
from calendar_api.web.compression import CompressionMiddleware
from calendar_api.web.cors import cors
from calendar_api.web.head import HeadMiddleware
from calendar_api.web.middleware import (
    AccessMiddleware,
    ErrorMiddleware,
    InFlightMiddleware,
    RequestIdMiddleware,
)
from calendar_api.web.problems import Handler
from calendar_api.web.request_metrics import RequestMetrics
from calendar_api.web.route import fixed_paths_first

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]


def application(
    *,
    title: str,
    routers: Iterable[APIRouter],
    health: Sequence[Route],
    middleware: Sequence[Middleware],
    handlers: dict[int | type[Exception], Handler],
    lifespan: Lifespan,
) -> FastAPI:
    """The application. Its OpenAPI document is among the files of the documentation."""
    app = FastAPI(
        title=title,
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        # Nothing exports it, and to check whether anything does takes a twelfth of a small request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=handlers,
        middleware=middleware,
    )
    routes = [route for router in routers for route in router.routes]
    # Routes are tried one after the other: those of users come first.
    app.router.routes[:0] = fixed_paths_first([each for each in routes if isinstance(each, Route)])
    app.router.routes += [*health, *docs.routes()]
    return app


def middlewares(
    registry: CollectorRegistry,
    *,
    cors_origins: Collection[str] = (),
    body_limits: Mapping[str, int] | None = None,
    streams: Collection[str] = (),
) -> list[Middleware]:
    """What surrounds the application, the outermost first.

    `body_limits` are the bytes that a body may have at paths where that is not `MAX_BODY`.
    `streams` are paths whose responses do not end by themselves: they have limits and metrics of
    their own.
    """
    return [
        Middleware(RequestIdMiddleware),
        Middleware(AccessMiddleware, RequestMetrics(registry, not_counted=streams)),
        # Outside of all that may refuse a request: a page may read the error.
        *([cors(cors_origins)] if cors_origins else []),
        Middleware(ErrorMiddleware),
        # A client that is slow to send its body does not count as a request in flight.
        Middleware(BodyMiddleware, body_limits or {}),
        Middleware(InFlightMiddleware, not_counted=streams),
        Middleware(CompressionMiddleware),
        Middleware(HeadMiddleware),
    ]
