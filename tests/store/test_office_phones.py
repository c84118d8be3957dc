"""Who gets a phone of the office, and which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.errors import CallerFaultError
from gateway.store import Pool, Role, SeatEntry, Store, User, add_user, put_seats, seats_list
from gateway.store.office_phones import give_phone

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


async def add(store: Store, *names: str, role: Role = Role.OFFICE) -> None:
    async with store.session() as session:
        for name in names:
            await add_user(session, name, role, "correct-horse-battery", at=AT)


async def test_an_office_user_gets_the_first_free_number_and_one_phone_only(store: Store) -> None:
    await add(store, "li", "wu")
    async with store.session() as session:
        await put_seats(session, [SeatEntry("601", "别人的", Pool.SHARED)])
    async with store.session() as session:
        assert await give_phone(session, "li") == "602"
    async with store.session() as session:
        with pytest.raises(CallerFaultError, match="已经有电话 602"):
            await give_phone(session, "li")
    async with store.session() as session:
        assert await give_phone(session, "wu", "650") == "650"
    async with store.reading() as session:
        assert {seat.id: seat.pool for seat in await seats_list(session)} == {
            "601": Pool.SHARED,
            "602": Pool.OFFICE,
            "650": Pool.OFFICE,
        }
        li = await session.get(User, "li")
        assert li is not None and li.seat_id == "602"


@pytest.mark.parametrize(
    ("name", "seat", "why"),
    [
        ("nobody", "", "没有这个用户"),
        ("zhao", "", "只有热线办的用户"),
        ("li", "601", "已被使用"),
        ("li", "60 1", "字母和数字"),
        ("li", "６０３", "字母和数字"),
    ],
)
async def test_what_is_refused_leaves_everything_as_it_was(store: Store, name: str, seat: str, why: str) -> None:
    await add(store, "li")
    await add(store, "zhao", role=Role.SEAT)
    async with store.session() as session:
        await put_seats(session, [SeatEntry("601", "别人的", Pool.SHARED)])
    with pytest.raises(CallerFaultError, match=why):
        async with store.session() as session:
            await give_phone(session, name, seat)
    async with store.reading() as session:
        assert [one.id for one in await seats_list(session)] == ["601"]
