"""The line against the board."""

from __future__ import annotations

import asyncio
import math

from gateway.board import Board
from gateway.dispatch import Dispatch
from seats import DEFAULT, Rules, SeatState, Waiting
from tests.gateway.conftest import Clock, House


def waiting(house: House, name: str, **more: object) -> Waiting:
    return Waiting(name, since=house.clock.now, skills=frozenset({"12315"}), **more)  # type: ignore[arg-type]


async def test_a_freed_seat_is_offered_in_the_same_turn_of_the_loop(house: House) -> None:
    ticket = house.desk.dispatch.enter(waiting(house, "c1"))
    await asyncio.sleep(0)
    assert not ticket.offer.done()
    house.sit_down("801")
    await asyncio.sleep(0)
    assert ticket.offer.done()
    assert ticket.offer.result().seat == "801"
    assert len(house.desk.dispatch) == 0


async def test_a_call_that_leaves_is_not_offered(house: House) -> None:
    ticket = house.desk.dispatch.enter(waiting(house, "c1"))
    house.desk.dispatch.leave("c1")
    house.sit_down("801")
    await asyncio.sleep(0)
    assert ticket.offer.cancelled()
    seat = house.desk.board.get("801")
    assert seat is not None
    assert seat.state is SeatState.IDLE


async def test_the_place_counts_priority_and_the_wait_is_unknown_without_staff(house: House) -> None:
    house.desk.dispatch.enter(waiting(house, "c1"))
    house.desk.dispatch.enter(waiting(house, "c2", priority=100))
    assert house.desk.dispatch.place("c2")[0] == 1
    position, wait_s = house.desk.dispatch.place("c1")
    assert (position, wait_s) == (2, math.inf)


async def test_a_call_that_grows_less_choosy_is_looked_at_again_without_any_other_event(house: House) -> None:
    board: Board = house.desk.board
    clock = Clock()
    dispatch = Dispatch(board, Rules(any_skill_after_s=0.05, any_seat_after_s=0.1), clock)
    house.sit_down("801")
    ticket = dispatch.enter(Waiting("c1", since=clock.now, skills=frozenset({"nobody-has-this"})))
    await asyncio.sleep(0)
    assert not ticket.offer.done()
    clock.now += 0.2
    async with asyncio.timeout(2):
        assert (await ticket.offer).seat == "801"
    assert DEFAULT.any_seat_after_s > 0
