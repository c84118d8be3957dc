"""The recorder process: journal → store; the published table and roster from the store. `python -m gateway.recorder`.

In: the CEL file, the seat journal, the recordings folder. Out: rows in the store, `run/recorder.json` (how far, how far
behind, what went wrong last). Never: in the way of a call. While the database is away it waits with the batch it has in
hand and reads no further: the journal on disk is the buffer.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from gateway import log_setup
from gateway.config import Config, load_config
from gateway.crypt import Keyring
from gateway.errors import HotlineError
from gateway.journal import (
    Batch,
    JournalError,
    PbxResync,
    SeatEventLine,
    Tail,
    close_to_others,
    cut_lines,
    cut_records,
    drop_old,
    lost_mark,
    parse_seat_line,
    roster_mark,
    rotate,
)
from gateway.journal.seat_journal import ROSTER
from gateway.journal.tail import POLL_S
from gateway.orders.promising import keep_promises
from gateway.orders.rulebook import Rulebook
from gateway.people.publisher import PeoplePublisher
from gateway.recordings import Verdict, verify
from gateway.sticky import write_sticky
from gateway.store import DatabaseAwayError, RecordingState, Store, open_store
from gateway.store.intake import add_seat_events, journal_offsets, missing_calls, set_offset, silent_calls
from gateway.store.recording_events import tell_recording
from gateway.store.sticky import sticky_seats
from gateway.store.verdicts import Unverified, set_verdict, unverified
from gateway.tables.publisher import Publisher
from gateway.taking import Taker

log = logging.getLogger(__name__)

T = TypeVar("T")
BACK_OFF_S = (0.2, 5.0)  # first and longest pause while the database is away
HEALTH_S = 2.0
SWEEP_S = 1.0  # MixMonitor closes its file a moment after the call's last event
KEEPING_S = 60.0
PROMISES_S = 2.0  # after a call whose experts did not answer, if its seat did nothing
STICKY_S = 3.0  # who hangs up and rings back at once is known by the gateway itself
LOST_AFTER = timedelta(hours=12)  # longest talk on record 79 min; a call this silent lost its end with the PBX
RESYNC_SETTLE_S = 2.0  # an end that Asterisk wrote while the gateway was asking is in the journal by then
VERIFY_PAGE = 200
STOP_S = 5.0  # what is being written may be finished within this after SIGTERM


class Recorder:
    """All work of the process over one open store. `run` until cancelled."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._config = config
        self._store = store
        self._now = now
        self._rulebook = Rulebook(config)
        self._unpromised: set[str] = set()  # orders that would not take the promise to their caller
        self._taker = Taker(store, now, config.area_code, self._rulebook)
        self._tail: Tail | None = None
        self._since = now()
        self._last_error = ""
        self._away = False

    async def run(self) -> None:
        """Follow both journals, verify recordings, keep house. Ends by cancellation; nothing is half done then."""
        offsets = await self._persist(self._offsets)
        await self._persist(self._taker.refresh_experts)
        calls = self._tail = Tail(self._config.journal_file, cut_records, offsets)
        seats = Tail(self._config.seat_journal_file, cut_lines, offsets)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow(calls, self._taker.take), name="calls")
                group.create_task(self._follow_seats(seats, calls), name="seats")
                group.create_task(self._every(SWEEP_S, self._sweep), name="sweep")
                group.create_task(self._every(PROMISES_S, self._keep_promises), name="promises")
                group.create_task(self._every(KEEPING_S, self._keep_house), name="keeping")
                group.create_task(self._every(STICKY_S, self._tell_sticky), name="sticky")
                group.create_task(self._tell_health(), name="health")
                group.create_task(Publisher(self._config, self._store).run(), name="publisher")
                group.create_task(PeoplePublisher(self._config, self._store).run(), name="people")
        finally:
            calls.close()
            seats.close()

    # -- following ---------------------------------------------------------------------------------------------------

    async def _follow(self, tail: Tail, take: Callable[[Batch], Awaitable[None]]) -> None:
        while True:
            batch = await tail.next_batch()
            await self._persist(lambda batch=batch: take(batch))  # type: ignore[misc]  # mypy cannot infer its default

    async def _follow_seats(self, seats: Tail, calls: Tail) -> None:
        while True:
            batch = await seats.next_batch()
            lines = _seat_lines(batch)
            resyncs = [line for line in lines if isinstance(line, PbxResync)]
            if resyncs:  # first what the dead PBX had still written: the calls that ended in order did not die with it
                await asyncio.sleep(RESYNC_SETTLE_S)
                await _caught_up(calls)
            for resync in resyncs:
                await self._persist(lambda resync=resync: self._close_missing(resync))  # type: ignore[misc]  # as above
            events = [line for line in lines if isinstance(line, SeatEventLine)]
            await self._persist(lambda batch=batch, events=events: self._take_seats(batch, events))  # type: ignore[misc]

    async def _close_missing(self, resync: PbxResync) -> None:
        """End the calls that the PBX took with it. Done again after a kill, it finds none that it has closed."""
        async with self._store.reading() as session:
            missing = await missing_calls(session, self._config.node, resync.alive, resync.at)
        if missing:
            log.warning(
                "%d calls are no longer in the PBX and have no end in the journal: closed as lost", len(missing)
            )
            await self._taker.add([lost_mark(linkedid, last, "pbx-restarted") for linkedid, last in missing])

    async def _take_seats(self, batch: Batch, events: list[SeatEventLine]) -> None:
        marks = [roster_mark(line) for line in events if line.event == ROSTER and line.call]
        if marks:  # taken in again after a kill they are the same events
            await self._taker.add(marks)
        async with self._store.session() as session:
            await add_seat_events(session, events)
            await set_offset(session, batch.file_id, batch.name, batch.end, self._now())

    async def _offsets(self) -> dict[str, int]:
        async with self._store.reading() as session:
            return await journal_offsets(session)

    async def _persist(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do it, again and again while the database is away."""
        pause = BACK_OFF_S[0]
        while True:
            try:
                done = await _whole(act)
            except DatabaseAwayError as error:
                self._note_away(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, BACK_OFF_S[1])
            else:
                if self._away:
                    log.info("the database is back")
                self._away, self._last_error = False, ""
                return done

    def _note_away(self, error: DatabaseAwayError) -> None:
        if not self._away:
            log.error("%s; the journal waits on disk", error)
        self._away, self._last_error = True, str(error)

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._persist(act)
            await asyncio.sleep(seconds)

    # -- recordings --------------------------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Give a verdict on every recording of an ended call that has none, of this run or of one before."""
        while True:
            async with self._store.reading() as session:
                found = await unverified(session, self._now() - timedelta(seconds=SWEEP_S), limit=VERIFY_PAGE)
            judged = [await self._judge(item) for item in found]
            if len(found) < VERIFY_PAGE or not any(judged):
                return

    async def _judge(self, item: Unverified) -> bool:
        """Whether a verdict was given; a bad one only once nothing can be writing any more."""
        verdict: Verdict = await asyncio.to_thread(
            verify, self._config.recordings_dir, item.path, item.expected_s, item.at_least_s
        )
        good = verdict.state is RecordingState.VERIFIED
        if not good and self._now() - item.ended_at < timedelta(seconds=self._config.recording_settle_s):
            return False
        if not good:
            log.warning("recording %d of call %s is %s", item.part, item.linkedid, verdict.state)
        async with self._store.session() as session:
            await set_verdict(
                session,
                item.linkedid,
                item.part,
                verdict.state,
                verdict.reason,
                seconds=verdict.seconds,
                size=verdict.size,
                sha256=verdict.sha256,
                at=self._now(),
            )
            await tell_recording(session, item.linkedid, item.part, self._now())
        return True

    # -- house -------------------------------------------------------------------------------------------------------

    async def _keep_house(self) -> None:
        await self._taker.refresh_experts()
        await self._end_lost_calls()
        offsets = await self._offsets()
        tail, path, now = self._tail, self._config.journal_file, self._now()
        if tail is None:
            return
        if tail.is_consumed() and (renamed := rotate(path, now)):
            log.info("journal renamed to %s", renamed.name)
        for journal in (path, self._config.seat_journal_file):
            for opened in close_to_others(journal):
                log.warning("%s could be read by other users: not any more", opened.name)
        keep = timedelta(days=self._config.journal_keep_days)
        for old in drop_old(path, now, lambda file: tail.known(file, offsets) == file.stat().st_size, keep):
            log.info("journal %s deleted: in the store since long", old.name)

    async def _keep_promises(self) -> None:
        made = await keep_promises(self._store, self._rulebook, self._now(), self._unpromised)
        if made:
            log.info("%d callers whom no expert answered are promised an answer", made)

    async def _tell_sticky(self) -> None:
        """Who took whose open order, for the gateway on this node."""
        async with self._store.reading() as session:
            seats = await sticky_seats(session, self._now())
        try:
            await asyncio.to_thread(write_sticky, self._config.sticky_file, seats)
        except OSError as error:
            log.error("sticky.json: %s", error)

    async def _end_lost_calls(self) -> None:
        async with self._store.reading() as session:
            silent = await silent_calls(session, self._now() - LOST_AFTER)
        if silent:
            log.warning("%d calls never ended in the journal: closed as lost", len(silent))
            await self._taker.add([lost_mark(linkedid, last, "silent") for linkedid, last in silent])

    async def _tell_health(self) -> None:
        while True:
            try:
                await asyncio.to_thread(
                    replace_file, self._config.run_dir / "recorder.json", json.dumps(self._health())
                )
            except OSError as error:  # a full disk: the store may still be written
                log.error("recorder.json: %s", error)
            await asyncio.sleep(HEALTH_S)

    def _health(self) -> dict[str, object]:
        name, offset, size = self._tail.position if self._tail else ("", 0, 0)
        return {
            "since": self._since.isoformat(),
            "at": self._now().isoformat(),
            "pid": os.getpid(),
            "file": name,
            "offset": offset,
            "size": size,
            "lag_bytes": size - offset,
            "database": "away" if self._away else "ok",
            "last_error": self._last_error,
            "live_calls": len(self._taker.live),
            "events": self._taker.taken,
            "bad_lines": self._taker.bad_lines,
            "refused_calls": self._taker.refused_calls,
        }


def _seat_lines(batch: Batch) -> list[SeatEventLine | PbxResync]:
    lines: list[SeatEventLine | PbxResync] = []
    for offset, record in batch.records:
        try:
            lines.append(parse_seat_line(record, batch.file_id, offset))
        except JournalError as error:
            log.warning("%s: %s", batch.name, error)
    return lines


async def _caught_up(tail: Tail) -> None:
    """Wait until all that is in the file now has been taken in (its follower looks again only when it is)."""
    seen = tail.empty_looks
    while tail.empty_looks == seen:  # noqa: ASYNC110  # nothing else happens here while the journal is behind
        await asyncio.sleep(POLL_S)


async def _whole(act: Callable[[], Awaitable[T]]) -> T:
    """Do it to its end even when we are told to stop meanwhile: drivers dislike being left in mid-statement."""
    doing = asyncio.ensure_future(act())
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing], timeout=STOP_S)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        raise


def replace_file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


async def open_patiently(url: str, keys: Keyring | None = None) -> Store:
    """Open the store, waiting for a database that is not up yet. Raises FatalError at once."""
    pause = BACK_OFF_S[0]
    while True:
        try:
            return await open_store(url, keys=keys)
        except DatabaseAwayError as error:
            log.error("%s; trying again", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, BACK_OFF_S[1])


async def _main(config: Config) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    store = await open_patiently(config.database, Keyring(config.keys_file))
    try:
        await Recorder(config, store).run()
    finally:
        await store.close()


def main() -> int:
    """Exit code 0 after SIGTERM, 3 when only a person can help, 1 when a task failed: supervisord starts it again."""
    code = 0
    try:
        config = load_config(os.environ)
        log_setup.start(config.log_level)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_main(config))
    except* (HotlineError, OSError) as errors:
        sys.stderr.write(f"recorder: {'; '.join(map(str, _leaves(errors)))}\n")
        code = 3
    except* Exception as errors:  # the process ends with it; the journal waits on disk
        said = "; ".join(f"{type(error).__name__}: {error}" for error in _leaves(errors))
        log.critical("a task failed, the recorder ends and is started again: %s", said, exc_info=errors)
        code = 1
    return code


def _leaves(errors: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors themselves, out of groups within groups."""
    found: list[BaseException] = []
    for error in errors.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


if __name__ == "__main__":
    sys.exit(main())
