"""What a roster can name just now: seats from the store, lines from `lines.toml`, hotlines of the table in force.

In: config, a session. Out: `Named`. Never: a socket.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

import routing_table
from gateway.config import Config
from gateway.house.city import load_lines
from gateway.people.proof import House
from gateway.store.kinds import Pool
from gateway.store.models import SeatDirectory
from gateway.store.seats import seats_list
from gateway.store.tables import read_head
from gateway.tables.versions import published_table


@dataclass(frozen=True, slots=True)
class Named:
    """`hotlines`: number → name. `notices`: the years' working days, as the table in force has them."""

    house: House
    seats: tuple[SeatDirectory, ...]
    hotlines: dict[str, str]
    notices: tuple[routing_table.YearNotice, ...]

    def works(self, day: date) -> bool:
        return routing_table.is_working_day(self.notices, day)


async def named_now(config: Config, session: AsyncSession) -> Named:
    """Raises DatabaseAwayError, CallerFaultError for a wrong lines.toml."""
    seats = await seats_list(session)
    lines = await asyncio.to_thread(load_lines, config)
    hotlines: dict[str, str] = {}
    notices: tuple[routing_table.YearNotice, ...] = ()
    if await read_head(session) is not None:
        _, table = await published_table(session)
        hotlines = {row.number: row.hotline.name for row in table.rows}
        notices = table.notices
    house = House(
        seats=[seat.id for seat in seats if seat.pool is not Pool.OFFICE],
        experts=[seat.id for seat in seats if seat.pool is Pool.EXPERT],
        units=list(lines.units),
        trunks=list(lines.trunks),
        hotlines=list(hotlines),
        skills={skill for seat in seats for skill in seat.skills},
    )
    return Named(house, seats, hotlines, notices)
