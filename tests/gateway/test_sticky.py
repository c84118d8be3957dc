"""Who rings back about an open order is offered first to the seat that took it."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

from gateway.crypt import Keyring, blind, ensure_keys, rotate_index_key
from gateway.sticky import StickySeats, write_sticky
from tests.gateway.conftest import House
from tests.gateway.fake_asterisk import FakeCall

CALLER = "13800138000"
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def test_the_file_is_for_this_user_only_and_written_when_it_changes(tmp_path: Path) -> None:
    path, keys = tmp_path / "gateway" / "sticky.json", ensure_keys(tmp_path / "keys.json", AT)
    known = blind(keys, CALLER)
    assert write_sticky(path, {known: "802"})
    assert CALLER not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not write_sticky(path, {known: "802"})
    sticky = StickySeats(path, keys)
    assert (sticky.of(CALLER), sticky.of("1")) == ("802", None)
    assert write_sticky(path, {known: "803"})
    sticky.look()
    assert sticky.of(CALLER) == "803"
    rotate_index_key(keys.path, AT)  # the file is still of the key before; then of the new one
    sticky.look()
    assert sticky.of(CALLER) == "803"
    assert write_sticky(path, {blind(keys, CALLER): "804"})
    sticky.look()
    assert sticky.of(CALLER) == "804"


def test_a_damaged_or_missing_file_leaves_what_was_known(tmp_path: Path) -> None:
    path, keys = tmp_path / "sticky.json", Keyring(tmp_path / "keys.json")
    assert StickySeats(path, keys).of(CALLER) is None
    ensure_keys(keys.path, AT)
    write_sticky(path, {blind(keys, CALLER): "802"})
    sticky = StickySeats(path, keys)
    path.write_text("{", "utf-8")
    sticky.look()
    path.unlink()
    keys.path.unlink()
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
