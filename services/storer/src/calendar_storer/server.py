"""Puts the parts together and runs them until a signal comes."""

import asyncio
import gc
import os
import signal
import sys
import threading
from typing import Final

import structlog

from calendar_storer import __version__, ops
from calendar_storer.config import Settings
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.dead_letters.writer import DeadLetterWriter
from calendar_storer.errors import ConfigError
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.broker import Broker
from calendar_storer.notifications.consumer import Consumer
from calendar_storer.notifications.repository import Repository
from calendar_storer.observability.metrics import Metrics
from calendar_storer.outages import Outages

log = structlog.stdlib.get_logger(__name__)

HARD_EXIT_SECONDS: Final = 9.5
"""After the signal. Each part ends sooner by itself; what is not committed by then comes again."""

GARBAGE_OBJECTS: Final = 50_000
"""New objects after which cycles among them are looked for. Two batches have more than the 700 that
Python waits for, and no cycles: looking took a sixth of a backlog's time."""


def run(settings: Settings) -> None:
    """Blocks until SIGTERM or SIGINT; then finishes the batch in hand and commits it.

    Raises:
        ConfigError: a certificate, or the address to listen on, cannot be used.
    """
    # What is here now stays: it need not be looked through for garbage again and again.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    try:
        asyncio.run(_run(settings))
    except ConfigError:
        raise
    except Exception:
        log.exception("storer_broke")
        sys.exit(1)
    log.info("storer_stopped")


async def _run(settings: Settings) -> None:
    stop = _stop_on_signals()
    metrics = Metrics()
    outages = Outages(metrics, stop)
    assignment = Assignment(metrics)
    broker = Broker(settings.kafka)
    listener = ops.listen(settings.http)
    log.info("storer_started", version=__version__, topic=broker.topic)
    async with open_pool(
        settings.database.dsn, options.POOL, size=settings.database.pool_size
    ) as pool:
        repository = Repository(pool)
        consumer = Consumer(
            broker=broker,
            repository=repository,
            dead_letters=DeadLetterWriter(broker, metrics),
            assignment=assignment,
            outages=outages,
            metrics=metrics,
            settings=settings.storer,
            stop=stop,
        )
        readiness = ops.Readiness(
            repository=repository,
            broker=broker,
            assignment=assignment,
            outages=outages,
            metrics=metrics,
            stop=stop,
        )
        server = ops.server(ops.app(readiness, metrics))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listener]))
            tasks.create_task(readiness.watch())
            await consumer.run()
            server.should_exit = True


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()

    def on_signal() -> None:
        if not stop.is_set():
            log.info("storer_stopping")
            stop.set()
            # A thread, for it must also end a process whose loop is stuck.
            hard_exit = threading.Timer(HARD_EXIT_SECONDS, os._exit, [0])
            hard_exit.daemon = True
            hard_exit.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop
