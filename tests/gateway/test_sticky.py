"""Who rings back about an open order is offered first to the seat that took it."""

from __future__ import annotations

import stat
from pathlib import Path

from gateway.sticky import StickySeats, write_sticky
from tests.gateway.conftest import House
from tests.gateway.fake_asterisk import FakeCall

CALLER = "13800138000"


def test_the_file_is_for_this_user_only_and_written_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "gateway" / "sticky.json"
    assert write_sticky(path, {CALLER: "802"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not write_sticky(path, {CALLER: "802"})
    sticky = StickySeats(path)
    assert (sticky.of(CALLER), sticky.of("1")) == ("802", None)
    assert write_sticky(path, {CALLER: "803"})
    sticky.look()
    assert sticky.of(CALLER) == "803"


def test_a_damaged_or_missing_file_leaves_what_was_known(tmp_path: Path) -> None:
    path = tmp_path / "sticky.json"
    assert StickySeats(path).of(CALLER) is None
    write_sticky(path, {CALLER: "802"})
    sticky = StickySeats(path)
    path.write_text("{", "utf-8")
    sticky.look()
    path.unlink()
    sticky.look()
    assert sticky.of(CALLER) == "802"


async def test_a_caller_with_an_open_order_is_offered_to_who_took_it_before_the_longest_idle(house: House) -> None:
    object.__setattr__(house.desk, "sticky", {CALLER: "803"}.get)
    house.desk.last_seats.talked(CALLER, "802")
    for seat in ("801", "802", "803"):
        house.clock.now += 1
        house.sit_down(seat)
    call = FakeCall(variables={"HL_DIALLED": "12315", "HL_TRUNK": "carrier"}, callerid=CALLER)
    assert await call.visit(house.port, "arrive") == "offer"
    assert call.variables["HL_DEVICE"] == "seat-803"
