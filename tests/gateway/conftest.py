"""A gateway without Asterisk: real door, real board, real table of the demo city; only AMI is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import seats
from agi_scripts.fastagi import Door
from gateway.ami import Ami
from gateway.board import Board, Timings
from gateway.calls import Calls, Desk
from gateway.config import Config
from gateway.dispatch import Dispatch
from gateway.live import LiveCalls
from gateway.published import Published, SeatEntry
from gateway.seat_journal import SeatJournal
from seats import Pool
from tests.gateway.published_files import write_published

SKILLS = frozenset({"general", "12315", "12333", "12348", "12328", "12329", "12320", "12356"})


class Clock:
    """Epoch seconds that a test moves: a Monday, 10:00 in the city, when unit lines are open."""

    def __init__(self) -> None:
        self.now = 1795399200.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """What the tests act on."""

    desk: Desk
    port: int
    clock: Clock

    def sit_down(self, seat: str, device: str = "phone") -> None:
        self.desk.board.device_state(f"{'web' if device == 'web' else 'seat'}-{seat}", "NOT_INUSE")
        self.desk.board.log_in(seat, device, "test")


def directory() -> dict[str, SeatEntry]:
    entries = [SeatEntry(str(number), f"坐席{number}", Pool.SHARED, SKILLS) for number in range(801, 804)]
    entries.append(SeatEntry("901", "人社专家", Pool.EXPERT, frozenset({"12333"})))
    return {entry.id: entry for entry in entries}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = Clock()
    config = replace(Config(), state_dir=tmp_path, announce_every_s=0.2, agi_deadman_s=2.0)
    write_published(config)
    published = Published(config.published_dir, config.menus_dir, config.prompts_dir)
    journal = SeatJournal(config.seat_journal_file, tmp_path / "gateway" / "seats-live.json")
    board = Board(Timings(wrap_up_s=0.05, set_aside_s=0.2, ring_limit_s=5.0), journal, clock)
    board.take_directory(directory())
    live = LiveCalls(clock)
    dispatch = Dispatch(board, seats.DEFAULT, clock)
    board.on_change = lambda _seat: dispatch.look_again()
    ami = Ami("127.0.0.1", 1, "nobody", "none", lambda _event: None)
    desk = Desk(config, published, dispatch, board, live, ami, clock)
    door = Door(Calls(desk, "hl/").handlers())
    port = await door.serve("127.0.0.1", 0)
    writing = asyncio.create_task(journal.run())
    yield House(desk, port, clock)
    await door.close()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
