"""The event loop's clock, by which all of the service's own limits of time go: it never jumps."""

import asyncio


def now() -> float:
    """Seconds since some instant, the same one for as long as the loop runs."""
    return asyncio.get_running_loop().time()
