"""Users, sign-ins, seats and the audit trail on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.errors import CallerFaultError
from gateway.store import (
    ConflictError,
    NotFoundError,
    Pool,
    Role,
    SeatEntry,
    Session,
    SignedIn,
    SignInRefusal,
    Store,
    User,
    add_user,
    audit_page,
    drop_expired,
    find_session,
    log_audit,
    published_seats,
    put_seats,
    rotate_session,
    seats_list,
    set_password,
    sign_in,
    sign_out,
    users,
)
from gateway.store.users import FAILURES_MAX, LOCKED_FOR, SIGNED_IN_FOR, STRANGE_MAX, STRANGE_WITHIN

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PASSWORD = "正确的密码-12345"


@pytest.fixture
async def user(store: Store) -> User:
    async with store.session() as session:
        return await add_user(session, "zhang", Role.SUPERVISOR, PASSWORD, at=AT)


async def enter(store: Store, password: str = PASSWORD, *, at: datetime = AT, name: str = "zhang") -> SignedIn:
    signed = await sign_in(store, name, password, at=at, ip="127.0.0.1")
    assert isinstance(signed, SignedIn)
    return signed


async def who(store: Store, token: str, *, at: datetime = AT) -> User | None:
    async with store.reading() as session:
        found = await find_session(session, token, at=at)
    return found[0] if found else None


@pytest.mark.usefixtures("user")
async def test_the_right_password_opens_a_session_that_ends_by_itself(store: Store) -> None:
    signed = await enter(store)
    found = await who(store, signed.token)
    assert found is not None and found.role is Role.SUPERVISOR and found.must_change
    assert await who(store, signed.token, at=AT + SIGNED_IN_FOR) is None
    assert await who(store, signed.token + "x") is None
    async with store.session() as session:
        await drop_expired(session, at=AT + SIGNED_IN_FOR)
        assert (await session.scalars(select(Session))).all() == []


async def test_what_is_stored_signs_nobody_in(store: Store, user: User) -> None:
    signed = await enter(store)
    async with store.reading() as session:
        row = (await session.scalars(select(Session))).one()
    assert signed.token not in (row.token_hash, row.csrf)
    assert await who(store, row.token_hash) is None
    assert user.password_hash.startswith("$argon2id$") and PASSWORD not in user.password_hash


@pytest.mark.usefixtures("user")
async def test_wrong_passwords_lock_the_user_even_for_the_right_one(store: Store) -> None:
    tries = [await sign_in(store, "zhang", "wrong-password", at=AT, ip="") for _ in range(FAILURES_MAX)]
    assert tries == [SignInRefusal.WRONG] * (FAILURES_MAX - 1) + [SignInRefusal.LOCKED]
    assert await sign_in(store, "zhang", PASSWORD, at=AT + LOCKED_FOR / 2, ip="") is SignInRefusal.LOCKED
    await enter(store, at=AT + LOCKED_FOR)


@pytest.mark.usefixtures("user")
async def test_a_stranger_locks_out_themselves_and_not_the_person(store: Store) -> None:
    tries = [await sign_in(store, "zhang", "wrong-password", at=AT, ip="203.0.113.7") for _ in range(FAILURES_MAX + 1)]
    assert tries[-1] is SignInRefusal.LOCKED
    assert isinstance(await sign_in(store, "zhang", PASSWORD, at=AT, ip="10.0.0.1"), SignedIn)


@pytest.mark.usefixtures("user")
async def test_a_name_tried_from_everywhere_is_open_only_where_its_person_has_been(store: Store) -> None:
    await sign_in(store, "zhang", PASSWORD, at=AT, ip="10.0.0.1")
    for n in range(STRANGE_MAX):
        async with store.session() as session:  # what a wrong password counts, without hashing it fifty times
            await users._count_failure(session, "zhang", f"203.0.113.{n}", AT)
    assert await sign_in(store, "zhang", PASSWORD, at=AT, ip="10.0.0.2") is SignInRefusal.LOCKED
    assert isinstance(await sign_in(store, "zhang", PASSWORD, at=AT, ip="10.0.0.1"), SignedIn)
    later = AT + STRANGE_WITHIN
    assert isinstance(await sign_in(store, "zhang", PASSWORD, at=later, ip="10.0.0.2"), SignedIn)
    async with store.session() as session:
        for n in range(STRANGE_MAX):
            await users._count_failure(session, "zhang", f"203.0.113.{n}", later)
        await set_password(session, "zhang", PASSWORD)  # a new password from the office opens it
    assert isinstance(await sign_in(store, "zhang", PASSWORD, at=later, ip="10.0.0.3"), SignedIn)


@pytest.mark.usefixtures("user")
async def test_names_that_do_not_exist_are_locked_alike(store: Store) -> None:
    tries = [await sign_in(store, "nobody", "wrong-password", at=AT, ip="") for _ in range(FAILURES_MAX + 1)]
    assert tries == [SignInRefusal.WRONG] * (FAILURES_MAX - 1) + [SignInRefusal.LOCKED] * 2


@pytest.mark.usefixtures("user")
async def test_a_success_forgets_earlier_failures(store: Store) -> None:
    for _ in range(2):
        for _ in range(FAILURES_MAX - 1):
            await sign_in(store, "zhang", "wrong-password", at=AT, ip="")
        await enter(store)


@pytest.mark.usefixtures("user")
async def test_an_unknown_name_is_answered_like_a_wrong_password(store: Store) -> None:
    assert await sign_in(store, "nobody", PASSWORD, at=AT, ip="") is SignInRefusal.WRONG
    assert await sign_in(store, "x\x00y", "p" * 10_000, at=AT, ip="") is SignInRefusal.WRONG


async def test_a_user_switched_off_is_out_at_once(store: Store, user: User) -> None:
    signed = await enter(store)
    async with store.session() as session:
        (await session.merge(user)).active = False
    assert await who(store, signed.token) is None
    assert await sign_in(store, "zhang", PASSWORD, at=AT, ip="") is SignInRefusal.WRONG


@pytest.mark.usefixtures("user")
async def test_a_new_password_ends_every_session(store: Store) -> None:
    signed = await enter(store)
    async with store.session() as session:
        await set_password(session, "zhang", "another-password")
    assert await who(store, signed.token) is None
    assert not (await enter(store, "another-password")).user.must_change
    with pytest.raises(NotFoundError):
        async with store.session() as session:
            await set_password(session, "nobody", "another-password")


@pytest.mark.usefixtures("user")
async def test_a_rotated_token_replaces_the_old_one(store: Store) -> None:
    old = await enter(store)
    async with store.session() as session:
        new = await rotate_session(session, old.token, at=AT, ip="")
    assert new is not None and new.token != old.token
    assert await who(store, old.token) is None and await who(store, new.token) is not None
    async with store.session() as session:
        await sign_out(session, new.token)
        assert await rotate_session(session, new.token, at=AT, ip="") is None
    assert await who(store, new.token) is None


@pytest.mark.usefixtures("user")
async def test_names_are_unique_and_passwords_long_enough(store: Store) -> None:
    for name, password, error in (("zhang", PASSWORD, ConflictError), ("li", "short", CallerFaultError)):
        with pytest.raises(error):
            async with store.session() as session:
                await add_user(session, name, Role.SEAT, password, at=AT)


async def test_the_published_directory_changes_its_version_with_its_content_only(store: Store) -> None:
    seats = [SeatEntry("802", "李四", Pool.SHARED, ("general",)), SeatEntry("801", "张三", Pool.EXPERT, ("12333",))]
    versions, published = [], {}
    for entries in (
        seats,
        seats,
        [SeatEntry("803", "王五", Pool.SHARED, active=False)],
        [SeatEntry("801", "张三丰", Pool.EXPERT)],
    ):
        async with store.session() as session:
            await put_seats(session, entries)
            published = await published_seats(session)
        versions.append(published["version"])
    assert versions[0] == versions[1] == versions[2] != versions[3]
    assert [seat["id"] for seat in published["seats"]] == ["801", "802"]
    async with store.reading() as session:
        assert len(await seats_list(session, all_seats=True)) == 3


async def test_the_audit_trail_pages_and_filters(store: Store) -> None:
    async with store.session() as session:
        for n in range(5):
            await log_audit(
                session, "zhang", "recording.played", f"call:{n % 2}", at=AT + timedelta(seconds=n), ip="::1"
            )
    async with store.reading() as session:
        first = await audit_page(session, limit=3)
        rest = await audit_page(session, limit=3, cursor=first.next)
        only = await audit_page(session, subject="call:1", who="zhang")
        with pytest.raises(CallerFaultError):
            await audit_page(session, cursor="x")
    assert [entry.at.second for entry in first.items + rest.items] == [4, 3, 2, 1, 0]
    assert rest.next is None and len(only.items) == 2 and only.items[0].at.tzinfo is not None


async def test_an_act_that_is_rolled_back_leaves_no_audit_entry(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.session() as session:
            await log_audit(session, "zhang", "x", "y", at=AT, detail={"名": "值\x00"})
            raise RuntimeError
    async with store.session() as session:
        await log_audit(session, "zhang", "x", "y", at=AT, detail={"名": "值\x00"})
    async with store.reading() as session:
        assert [entry.detail for entry in (await audit_page(session)).items] == [{"名": "值\ufffd"}]
