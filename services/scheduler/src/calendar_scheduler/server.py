"""Where the service is put together, run and brought to its end."""

import asyncio
import gc
import os
import signal
import threading
from typing import Final

import structlog

from calendar_scheduler import __version__, loop, ops
from calendar_scheduler.backlog import BacklogGauge
from calendar_scheduler.config import Settings
from calendar_scheduler.database import options
from calendar_scheduler.database.pool import check_dsn, open_pool
from calendar_scheduler.errors import ConfigError
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import publisher
from calendar_scheduler.repository import Repository
from calendar_scheduler.retention import Retention
from calendar_scheduler.sender import Sender

log = structlog.stdlib.get_logger(__name__)

# 4.5 for the batch in hand, 3 for Kafka's client, 1 for the pool: done before the hard exit.
DRAIN_SECONDS: Final = 4.5
HARD_EXIT_SECONDS: Final = 9.5
GARBAGE_OBJECTS: Final = 10_000
"""New objects after which cycles among them are looked for. A batch has more than the 700 that
Python waits for, and no cycles: looking took a tenth of the time."""


def run(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT; the exit code.

    Raises:
        ConfigError: a setting turns out to be of no use.
    """
    # What is here now stays: it need not be looked through for garbage again and again.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    try:
        asyncio.run(_run(settings))
    except ConfigError:
        raise
    except Exception:
        log.exception("scheduler_broke")
        return 1
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, stop)
    await check_dsn(settings.database.dsn)
    with ops.listen(settings.http) as listener:
        async with (
            open_pool(
                settings.database.dsn, options.POOL, size=settings.database.pool_size
            ) as pool,
            publisher(settings.kafka) as opened,
        ):
            log.info("scheduler_started", version=__version__)
            metrics, repository = Metrics(), Repository(pool)
            steps = {
                "reminders": Sender(
                    settings.scheduler, repository=repository, publisher=opened, metrics=metrics
                ).step,
                "retention": Retention(
                    settings.scheduler, repository=repository, metrics=metrics
                ).step,
                "backlog": BacklogGauge(repository=repository, metrics=metrics).step,
            }
            app = ops.application(
                {"database": repository.probe, "broker": opened.probe}, metrics.registry
            )
            try:
                async with asyncio.timeout(None) as drain, asyncio.TaskGroup() as tasks:
                    tasks.create_task(ops.serve(app, listener, stop=stop))
                    outages = loop.Outages()
                    for name, step in steps.items():
                        tasks.create_task(
                            loop.repeat(name, step, stop=stop, outages=outages, metrics=metrics)
                        )
                    await stop.wait()
                    drain.reschedule(asyncio.get_running_loop().time() + DRAIN_SECONDS)
            except TimeoutError:
                # What was claimed goes back to the table with its connection.
                log.warning("drain_cut_short")
    log.info("scheduler_stopped")


def _stop(stop: asyncio.Event) -> None:
    if not stop.is_set():
        log.info("scheduler_stopping")
        stop.set()
        # Whatever hangs then hangs no longer; nothing is lost by it, as nothing is by a crash.
        exit_ = threading.Timer(HARD_EXIT_SECONDS, os._exit, [0])
        exit_.daemon = True
        exit_.start()
