"""The demo city: its routing table, seats and roster published, its users made with passwords that are shown once.

In: config, the city's files, the store. Out: `published/*.json`, rows, the passwords of users made just now.
Never: changes a city that is there, or keeps a password anywhere but hashed.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import routing_table
from gateway.config import Config
from gateway.errors import FatalError
from gateway.orders.demo import ensure_directory
from gateway.people.demo import demo_people
from gateway.people.parts import Actor as PeopleActor
from gateway.people.parts import parts_of, people_parts, save_part
from gateway.people.publisher import PeoplePublisher
from gateway.published import parse_seats
from gateway.store import (
    Pool,
    Role,
    SeatEntry,
    Store,
    add_user,
    open_store,
    published_seats,
    put_seats,
    seats_list,
    users_list,
)
from gateway.tables.files import first_menus, first_table
from gateway.tables.publisher import Publisher
from gateway.tables.versions import Actor, take_in

SHARED = ("801", "802", "803", "804", "805", "806")
SUPERVISOR = "701"  # a seat that knows no hotline: to listen, to take calls over, and a hand in the greatest need
OFFICE = "601"  # the dispatcher's phone: calls out, is never rung by a caller
EXPERTS = {"901": ("12333", "12329"), "902": ("12320", "12348")}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike: people read these off a screen


def new_password() -> str:
    """Three groups of four: 59 random bits, readable aloud."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def ensure_table(config: Config) -> None:
    """Bring the version in force to this node. A store without one takes in the published file, else the city's files.

    Raises FatalError with every problem in its files, DatabaseAwayError.
    """
    asyncio.run(_ensure_table(config))


async def _ensure_table(config: Config) -> None:
    store = await open_store(config.database)
    try:
        async with store.session() as session:
            system = Actor("system", datetime.now(UTC), "local")
            await take_in(session, lambda: first_table(config), system, menus=lambda: first_menus(config))
        await Publisher(config, store).bring()
    finally:
        await store.close()


def ensure_city(config: Config) -> dict[str, str]:
    """Seats and users of the demo city in the store, `seats.json` from it. Returns user → password, made just now."""
    return asyncio.run(_ensure_city(config))


async def _ensure_city(config: Config) -> dict[str, str]:
    store = await open_store(config.database)
    made: dict[str, str] = {}
    try:
        async with store.session() as session:
            if not await seats_list(session, all_seats=True):
                await put_seats(session, demo_seats(config))
        async with store.session() as session:
            if not await users_list(session):
                for name, role, shown, seat, unit in demo_users():
                    made[name] = new_password()
                    await add_user(
                        session,
                        name,
                        role,
                        made[name],
                        at=datetime.now(UTC),
                        display_name=shown,
                        seat_id=seat,
                        unit=unit,
                        must_change=False,
                    )
        await _ensure_people(config, store)
        async with store.session() as session:
            await ensure_directory(session, datetime.now(UTC))
        async with store.reading() as session:
            published = await published_seats(session)
    finally:
        await store.close()
    target = config.published_dir / "seats.json"
    text = json.dumps(published, ensure_ascii=False, indent=1)
    if not target.exists() or target.read_text("utf-8") != text:
        replace_file(target, text)
    return made


async def _ensure_people(config: Config, store: Store) -> None:
    """Roster, outside policy and result codes where a store has none at all; then this node's `people.json`."""
    async with store.session() as session:
        if not await people_parts(session):
            experts = {seat.id for seat in await seats_list(session) if seat.pool is Pool.EXPERT}
            actor = PeopleActor("system", datetime.now(UTC), "local")
            for key, value in parts_of(demo_people(experts)).items():
                await save_part(session, actor, key, value, revision=0)
    await PeoplePublisher(config, store).bring()


def demo_seats(config: Config) -> Sequence[SeatEntry]:
    """Six shared seats that know every hotline, two experts for what the units have given up, a supervisor's, and the
    office's phone."""
    table = routing_table.from_json((config.published_dir / "table.json").read_text("utf-8"))
    skills = {skill for row in table.rows for skill in (row.skills or (row.number,))} | {"general", "business"}
    shared = [SeatEntry(seat, f"坐席 {seat}", Pool.SHARED, tuple(sorted(skills))) for seat in SHARED]
    experts = [SeatEntry(seat, f"专家 {seat}", Pool.EXPERT, known) for seat, known in EXPERTS.items()]
    others = [SeatEntry(SUPERVISOR, "班长席", Pool.SHARED, ()), SeatEntry(OFFICE, "回访席", Pool.OFFICE, ())]
    return [*shared, *experts, *others]


def demo_users() -> list[tuple[str, Role, str, str | None, str | None]]:
    """(name, role, shown name, seat, unit)."""
    staff: list[tuple[str, Role, str, str | None, str | None]] = [
        ("admin", Role.ADMIN, "系统管理员", None, None),
        ("supervisor", Role.SUPERVISOR, "班长", SUPERVISOR, None),
        ("office", Role.OFFICE, "派单员", OFFICE, None),
        ("auditor", Role.AUDITOR, "审计员", None, None),
        ("water", Role.UNIT, "市水务局经办人", None, "water"),
        ("urban", Role.UNIT, "市城市管理局经办人", None, "urban"),
    ]
    staff += [(seat, Role.SEAT, f"坐席 {seat}", seat, None) for seat in SHARED]
    return staff + [(seat, Role.EXPERT, f"专家 {seat}", seat, None) for seat in EXPERTS]


def seat_directory(config: Config) -> list[SeatEntry]:
    """The published seats, as the PBX needs them. Raises FatalError."""
    try:
        seats = parse_seats((config.published_dir / "seats.json").read_text("utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise FatalError(f"published/seats.json: {error}") from error
    return [SeatEntry(seat.id, seat.name, Pool(seat.pool.value), tuple(seat.skills)) for seat in seats.values()]


def replace_file(path: Path, text: str) -> None:
    """Whole or not at all: readers follow these files."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
