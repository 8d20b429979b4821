"""Runs something before and after a coroutine function, which is given by its dotted name."""

import functools
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any


def owner_of(name: str) -> tuple[Any, str]:
    """The class or module that has `package.module:Class.attribute`, and the attribute's name.

    Raises:
        AttributeError: there is no such attribute.
    """
    module, _, path = name.partition(":")
    *outer, last = path.split(".")
    owner = functools.reduce(getattr, outer, import_module(module))
    getattr(owner, last)
    return owner, last


def wrap(
    name: str,
    *,
    before: Callable[[], Awaitable[None]] | None = None,
    after: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Await `before` and `after` around each call; `after` only if the call does not raise."""
    owner, last = owner_of(name)
    function = getattr(owner, last)

    @functools.wraps(function)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            await before()
        result = await function(*args, **kwargs)
        if after:
            await after()
        return result

    setattr(owner, last, wrapped)
