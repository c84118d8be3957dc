"""Takes journal batches into the store: events, folded calls, draft orders, missed-call tasks, the offset, in one go.

In: batches of `journal.csv`. Out: rows, all of a batch's in one transaction: exactly once, whatever is killed when.
Never: keeps a call in memory after it is over; loses a batch because one call in it cannot be stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.journal import Batch, CallRecord, JournalError, JournalEvent, parse_record, reduce_call
from gateway.journal.private import without_needless
from gateway.orders.entering import enter
from gateway.orders.rulebook import Rulebook
from gateway.store import ConflictError, Store
from gateway.store.follow_up import note_hands, open_missed_tasks, open_orders, wants_order, wants_task
from gateway.store.intake import (
    add_events,
    expert_seats,
    find_aliases,
    put_aliases,
    put_calls,
    set_offset,
    stored_events,
)
from routing_table import normalise_caller

log = logging.getLogger(__name__)

LIVE_MAX = 5_000  # calls kept in memory; one that is put out is read back from the store when it has another event

Events = dict[tuple[str, int], JournalEvent]


class Taker:
    """Folds batches, one at a time; `live` holds the events of the calls that are not over. `rulebook`: by which rules
    drafts enter their life at once; without one they wait for a clerk."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], area_code: str = "", rulebook: Rulebook | None = None
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._area_code = area_code
        self._now = now
        self._experts: frozenset[str] = frozenset()
        self._one_at_a_time = asyncio.Lock()
        self.live: dict[str, Events] = {}
        self.bad_lines = 0
        self.refused_calls = 0
        self.taken = 0

    async def take(self, batch: Batch) -> None:
        """Store one batch. Raises DatabaseAwayError: then nothing is stored, and the same batch may be taken again."""
        events = self._parse(batch)
        async with self._one_at_a_time:
            try:
                await self._store_all(events, batch)
            except (SQLAlchemyError, ConflictError, ValueError) as error:
                log.error("a batch cannot be stored whole (%s); trying call by call", type(error).__name__)
                await self._store_apart(events, batch)
        self.taken += len(events)

    async def add(self, events: Sequence[JournalEvent]) -> None:
        """Store events that come from no file (marks of lost calls)."""
        async with self._one_at_a_time:
            await self._store_all(events, None)

    async def refresh_experts(self) -> None:
        async with self._store.reading() as session:
            self._experts = await expert_seats(session)

    def _parse(self, batch: Batch) -> list[JournalEvent]:
        events = []
        for offset, record in batch.records:
            try:
                events.append(without_needless(parse_record(record, batch.file_id, offset)))
            except JournalError as error:
                self.bad_lines += 1
                log.warning("%s: %s", batch.name, error)
        return events

    async def _store_all(self, events: Sequence[JournalEvent], batch: Batch | None) -> None:
        events, fresh = await self._joined(events)
        touched = await self._touched(events, fresh)
        records = [self._fold(found) for found in touched.values()]
        async with self._store.session() as session:
            await self._write(session, records, events)
            await put_aliases(session, fresh)
            if batch is not None:
                await set_offset(session, batch.file_id, batch.name, batch.end, self._now())
        self._remember(touched, records)
        for linkedid in fresh:
            self.live.pop(linkedid, None)

    async def _joined(self, events: Sequence[JournalEvent]) -> tuple[list[JournalEvent], dict[str, str]]:
        """Legs that the gateway placed itself begin as calls of their own; `hl.leg` says to which call they belong.

        The events as that call's, and the aliases first heard of now. The end of such a leg is not the call's.
        """
        fresh = {
            event.linkedid: event.field("call")
            for event in events
            if event.event == "hl.leg" and event.field("call") not in ("", event.linkedid)
        }
        unknown = list({event.linkedid for event in events} - set(self.live) - set(fresh))
        known: dict[str, str] = {}
        if unknown:
            async with self._store.reading() as session:
                known = await find_aliases(session, unknown)
        belongs = known | fresh
        joined = []
        for event in events:
            call = belongs.get(event.linkedid)
            if call is None:
                joined.append(event)
            elif event.event != "LINKEDID_END":
                joined.append(replace(event, linkedid=call))
        return joined, fresh

    def _fold(self, found: Events) -> CallRecord:
        record = reduce_call(found.values(), experts=self._experts)
        if record.caller_number or record.hotline_number or not record.caller_raw or not self._area_code:
            return record
        # No route in the journal: the gateway and its stand-in were both away. Who gave up is to be called back even so
        caller = normalise_caller(record.caller_raw, self._area_code)
        return replace(record, caller_number=caller.number, caller_withheld=caller.withheld)

    async def _write(
        self, session: AsyncSession, records: Sequence[CallRecord], events: Sequence[JournalEvent]
    ) -> None:
        await put_calls(session, records)
        await add_events(session, events)
        if any(map(wants_order, records)):
            opened = await open_orders(session, records)
            if self._rulebook is not None:
                await enter(session, self._rulebook, opened)
            await note_hands(session, records)
        if any(map(wants_task, records)):
            await open_missed_tasks(session, records, self._now())

    async def _touched(self, events: Sequence[JournalEvent], aliases: Mapping[str, str]) -> dict[str, Events]:
        """All events of every call that these belong to, the new ones among them, and what its legs brought along."""
        fresh: dict[str, Events] = {}
        for event in [*events, *await self._brought_along(aliases)]:
            fresh.setdefault(event.linkedid, {})[event.file_id, event.offset] = event
        unknown = [linkedid for linkedid in fresh if linkedid not in self.live]
        stored: dict[str, list[JournalEvent]] = {}
        if unknown:
            async with self._store.reading() as session:
                stored = await stored_events(session, unknown)
        return {
            linkedid: {**self.live.get(linkedid, {}), **_keyed(stored.get(linkedid, ())), **added}
            for linkedid, added in fresh.items()
        }

    async def _brought_along(self, aliases: Mapping[str, str]) -> list[JournalEvent]:
        """What was taken in of these legs before they were known to be some."""
        if not aliases:
            return []
        async with self._store.reading() as session:
            stored = await stored_events(session, list(aliases))
        found = [event for linkedid in aliases for event in stored.get(linkedid, ())]
        return [replace(event, linkedid=aliases[event.linkedid]) for event in found]

    async def _store_apart(self, events: Sequence[JournalEvent], batch: Batch) -> None:
        """One transaction a call. What still cannot be stored is logged and left out: others must not wait for it."""
        calls: dict[str, list[JournalEvent]] = {}
        for event in events:
            calls.setdefault(event.linkedid, []).append(event)
        for linkedid, own in calls.items():
            try:
                await self._store_all(own, None)
            except (SQLAlchemyError, ConflictError, ValueError):
                self.refused_calls += 1
                log.exception("call %s cannot be stored; its lines stay in %s", linkedid, batch.name)
        async with self._store.session() as session:
            await set_offset(session, batch.file_id, batch.name, batch.end, self._now())

    def _remember(self, touched: dict[str, Events], records: Iterable[CallRecord]) -> None:
        for record in records:
            self.live.pop(record.linkedid, None)
            if not record.complete and not record.lost:
                self.live[record.linkedid] = touched[record.linkedid]
        while len(self.live) > LIVE_MAX:
            self.live.pop(next(iter(self.live)))


def _keyed(events: Iterable[JournalEvent]) -> Events:
    return {(event.file_id, event.offset): event for event in events}
