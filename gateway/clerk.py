"""The clerk process: what is done for work orders without anybody asking. `python -m gateway.clerk`.

In: the store (outbox, work orders), `sms.toml`. Out: events at their targets, short messages, what the order clock
makes happen (`TICKS`), texts sealed that an older release left in the clear; `run/clerk.json`. Never: in the way of a
call. While the database is away it waits; several clerks on one PostgreSQL share the work.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from gateway import log_setup
from gateway.config import Config, load_config
from gateway.crypt import Keyring
from gateway.errors import HotlineError
from gateway.feeds.courier import STOP_S, Courier, Sender, to_its_end
from gateway.feeds.http import HttpSender, open_session
from gateway.feeds.short_messages import SmsSender
from gateway.orders.entering import take_in_orders
from gateway.orders.ticking import drop_citizen_sessions, recompute_deadlines, tick_orders
from gateway.recorder import open_patiently, replace_file
from gateway.sms import FileSms, HttpSms, Sms, load_provider
from gateway.store import DatabaseAwayError, Store
from gateway.store.deliveries import backlog, purge
from gateway.store.kinds import DeliveryState, TargetKind
from gateway.store.marks import drop_marks
from gateway.store.sealing import seal_clear

log = logging.getLogger(__name__)

Tick = Callable[[Store, Config, datetime], Awaitable[None]]
# Each is called every TICK_S and must be harmless when another clerk does it too.
TICKS: tuple[Tick, ...] = (take_in_orders, tick_orders, recompute_deadlines, drop_citizen_sessions, drop_marks)
TICK_S = 5.0
HEALTH_S = 5.0
KEEPING_S = 3600.0
SEAL_PAUSE_S = 0.05  # between batches of 200 rows: on SQLite the recorder writes meanwhile
RETRY_S = 5.0


class Clerk:
    """All work of the process over one open store. `run` until cancelled."""

    def __init__(
        self,
        config: Config,
        store: Store,
        courier: Courier,
        *,
        ticks: tuple[Tick, ...] = TICKS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._store = store
        self._courier = courier
        self._ticks = ticks
        self._now = now
        self._since = now()
        self._last_error = ""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._courier.run(), name="courier")
            group.create_task(self._tell_health(), name="health")
            group.create_task(self._every(KEEPING_S, self._keep_house), name="keeping")
            for tick in self._ticks:
                group.create_task(self._every(TICK_S, lambda tick=tick: self._tick(tick)), name="tick")  # type: ignore[misc]

    async def _tick(self, tick: Tick) -> None:
        await tick(self._store, self._config, self._now())

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await to_its_end(act, STOP_S)
            except DatabaseAwayError as error:
                self._last_error = str(error)
                await asyncio.sleep(RETRY_S)
            else:
                self._last_error = ""
                await asyncio.sleep(seconds)

    async def _keep_house(self) -> None:
        if sealed := await seal_clear(self._store, pause_s=SEAL_PAUSE_S):
            log.info("%d rows of an older release sealed", sealed)
        while True:
            async with self._store.session() as session:
                gone = await purge(session, self._now())
            if not gone:
                return

    async def _tell_health(self) -> None:
        path = self._config.run_dir / "clerk.json"
        while True:
            try:
                health = json.dumps(await to_its_end(self._health, STOP_S), ensure_ascii=False)
                await asyncio.to_thread(replace_file, path, health)
            except OSError as error:  # a full disk: events may still be delivered
                log.error("clerk.json: %s", error)
            await asyncio.sleep(HEALTH_S)

    async def _health(self) -> dict[str, object]:
        waiting, dead, away = 0, 0, self._courier.away
        try:
            async with self._store.reading() as session:
                found = await backlog(session)
            waiting, dead = found[DeliveryState.WAITING], found[DeliveryState.DEAD]
        except DatabaseAwayError as error:
            away = str(error)
        return {
            "since": self._since.isoformat(),
            "at": self._now().isoformat(),
            "pid": os.getpid(),
            "database": "away" if away else "ok",
            "last_error": away or self._last_error,
            "waiting": waiting,
            "dead": dead,
            "sent": self._courier.sent,
            "failed": self._courier.failed,
        }


async def senders(config: Config, stack: AsyncExitStack) -> dict[TargetKind, Sender]:
    """HTTP, and short messages by file or provider. Raises FatalError for a wrong `sms.toml`."""
    client = await stack.enter_async_context(open_session())
    sms: Sms = FileSms(config.state_dir / "sms" / "sent.jsonl")
    if await asyncio.to_thread(config.sms_file.exists):
        sms = HttpSms(load_provider(config.sms_file), client)
    return {
        TargetKind.HTTP: HttpSender(client, f"urn:hotline12345:{config.area_code}"),
        TargetKind.SMS: SmsSender(sms),
    }


async def _main(config: Config) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    keys = Keyring(config.keys_file)
    keys.current()
    async with AsyncExitStack() as stack:
        store = await open_patiently(config.database, keys)
        stack.push_async_callback(store.close)
        await Clerk(config, store, Courier(store, await senders(config, stack))).run()


def main() -> int:
    """Exit code 0 after SIGTERM, 3 when only a person can help."""
    code = 0
    try:
        config = load_config(os.environ)
        log_setup.start(config.log_level)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_main(config))
    except* (HotlineError, OSError) as errors:
        sys.stderr.write(f"clerk: {'; '.join(str(error) for error in errors.exceptions)}\n")
        code = 3
    return code


if __name__ == "__main__":
    sys.exit(main())
