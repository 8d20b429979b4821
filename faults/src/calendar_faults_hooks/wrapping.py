"""Puts something before and after a coroutine method, by the method's dotted name."""

import functools
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any


def owner_of(name: str) -> tuple[Any, str]:
    """The class or module that has `package.module:Class.method`, and the last part of it."""
    module, _, path = name.partition(":")
    *outer, last = path.split(".")
    owner = functools.reduce(getattr, outer, import_module(module))
    return owner, last


def wrap(
    name: str,
    *,
    before: Callable[[], Awaitable[None]] | None = None,
    after: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Awaits `before` and `after` around the method; `after` only where it ends well."""
    owner, last = owner_of(name)
    method = getattr(owner, last)

    @functools.wraps(method)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            await before()
        result = await method(*args, **kwargs)
        if after:
            await after()
        return result

    setattr(owner, last, wrapped)
