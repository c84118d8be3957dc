"""The outbox and its workers against a real HTTP server, on both databases."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from gateway.crypt import is_sealed
from gateway.feeds import Facts
from gateway.feeds.courier import Address
from gateway.feeds.events import Event
from gateway.store import Store
from gateway.store.deliveries import Outcome, Result, dead_letters, discard, purge, resend
from gateway.store.kinds import DeliveryState, TargetState
from gateway.store.models import Delivery, FeedTarget, Outbox
from gateway.store.outbox import enqueue
from tests.feeds.receiver import Receiver
from tests.feeds.scene import AT, add_target, all_done, courier, event, http_sender, states, tell, until


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    yield found
    await found.down()


async def test_a_target_that_was_down_gets_everything_once_in_order_when_it_is_back(
    store: Store, receiver: Receiver
) -> None:
    await add_target(store, "province", receiver.url)
    orders = [f"20261121-{number:06}" for number in range(1, 13)]
    numbers = [(order, n) for n in range(5) for order in random.Random(5).sample(orders, 12)]
    async with courier(store):  # the target is down for all of this
        await tell(store, *(event(order, n) for order, n in numbers))
        await asyncio.sleep(0.3)
        assert DeliveryState.DONE not in await states(store)
        await receiver.up()
        await until(lambda: all_done(store))
    assert receiver.orders() == {order: [f"{order}:{n}" for n in range(5)] for order in orders}
    assert sorted(receiver.seen) == sorted(set(receiver.seen)), "each once"
    assert receiver.most_busy == 1
    first = receiver.taken[0]
    assert (first["specversion"], first["type"], first["source"]) == ("1.0", "cn.gov.12345.order.changed", "urn:test")
    sequences = [one["sequence"] for one in receiver.taken if one["subject"] == orders[0]]
    assert sequences == sorted(sequences)


async def test_a_target_that_falls_over_again_and_again_still_gets_each_order_in_order(
    store: Store, receiver: Receiver
) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    chance = random.Random(7)
    receiver.answer = lambda _event: chance.choice([204, 204, 503, 500, 429])
    await tell(store, *(event(order, n) for n in range(6) for order in ("a", "b", "c")))
    async with courier(store, back_off=lambda _failures: 0.01):
        await until(lambda: all_done(store), 30)
    assert receiver.orders() == {order: [f"{order}:{n}" for n in range(6)] for order in ("a", "b", "c")}
    assert receiver.statuses[500] and receiver.statuses[503]


class Dying:
    """Sends, then dies before anybody can note that it was sent: what a kill at the worst moment does."""

    def __init__(self, real: object) -> None:
        self.real = real
        self.sent = asyncio.Event()

    async def send(self, to: Address, event: Event, sequence: int, *, again: bool) -> Outcome:
        await self.real.send(to, event, sequence, again=again)  # type: ignore[attr-defined]
        self.sent.set()
        raise SystemError("killed")


async def test_a_worker_killed_between_sending_and_marking_sends_again_and_the_receiver_keeps_it_once(
    store: Store, receiver: Receiver
) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    await tell(store, event("a", 0), event("a", 1))
    async with http_sender() as real:
        dying = Dying(real)
        with pytest.raises(ExceptionGroup):
            async with courier(store, dying, lease=timedelta(seconds=0.4)):
                await dying.sent.wait()
                await asyncio.sleep(0.05)
    assert await states(store) == [DeliveryState.SENDING, DeliveryState.WAITING]
    async with courier(store):
        await until(lambda: all_done(store))
    assert receiver.seen == ["a:0", "a:0", "a:1"]
    assert receiver.orders() == {"a": ["a:0", "a:1"]}


async def test_two_workers_on_one_store_do_not_deliver_twice_at_once(store: Store, receiver: Receiver) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    receiver.slow_s = 0.02
    async with courier(store) as one, courier(store) as two:
        await tell(store, *(event(f"o{order}", n) for n in range(3) for order in range(12)))
        await until(lambda: all_done(store))
    assert sorted(receiver.seen) == sorted(f"o{order}:{n}" for order in range(12) for n in range(3))
    assert receiver.most_busy == 1
    assert one.sent + two.sent == 36


async def test_a_slow_or_dead_target_does_not_hold_up_another(store: Store, receiver: Receiver) -> None:
    other = Receiver()
    await add_target(store, "dead", other.url)
    await add_target(store, "well", receiver.url)
    await receiver.up()
    async with courier(store):
        await tell(store, *(event("a", n) for n in range(4)))
        await until(lambda: len(receiver.taken) == 4, 5)
    assert other.taken == []


async def test_an_event_that_only_itself_breaks_the_target_does_not_stop_the_others(
    store: Store, receiver: Receiver
) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    receiver.answer = lambda found: 500 if found["subject"] == "bad" else 204
    await tell(store, event("bad", 0), event("bad", 1), *(event("good", n) for n in range(4)))
    async with courier(store, back_off=lambda failures: 0.01):
        await until(lambda: len(receiver.taken) == 4)

        async def given_up() -> bool:
            await tell(store, event("more", len(receiver.taken)))  # others get through meanwhile
            return DeliveryState.DEAD in await states(store)

        await until(given_up)
    assert "bad:1" not in receiver.seen, "the order's later event waits for the dead one"


async def test_a_refused_event_is_a_dead_letter_that_holds_its_order_until_it_is_sent_again(
    store: Store, receiver: Receiver
) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    receiver.answer = lambda found: 422 if found["id"] == "a:1" else 204
    await tell(store, *(event("a", n) for n in range(4)), event("b", 0))

    async def settled() -> bool:
        return (await states(store)).count(DeliveryState.DONE) == 2

    async with courier(store):
        await until(settled)
        await asyncio.sleep(0.1)
        assert receiver.orders() == {"a": ["a:0"], "b": ["b:0"]}
        async with store.reading() as session:
            letters = (await dead_letters(session)).items
        assert [(letter[1].event_id, letter[0].status) for letter in letters] == [("a:1", 422)]
        assert "不要" in letters[0][0].error
        receiver.answer = lambda _found: 204
        async with store.session() as session:
            assert await resend(session, [letters[0][0].id], by="admin", now=datetime.now(UTC)) == [letters[0][0].id]
        await until(lambda: all_done(store))
    assert receiver.orders()["a"] == ["a:0", "a:1", "a:2", "a:3"]
    async with store.session() as session:
        assert await resend(session, [letters[0][0].id], by="admin", now=datetime.now(UTC)) == []  # not dead any more


async def test_a_discarded_letter_lets_its_order_go_on(store: Store, receiver: Receiver) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    receiver.answer = lambda found: 400 if found["id"] == "a:0" else 204
    await tell(store, event("a", 0), event("a", 1))
    async with courier(store):

        async def dead() -> bool:
            return DeliveryState.DEAD in await states(store)

        await until(dead)
        async with store.session() as session:
            letter = (await dead_letters(session)).items[0][0]
            await discard(session, [letter.id], by="admin", now=datetime.now(UTC))
        await until(lambda: receiver.orders() == {"a": ["a:1"]})


async def test_a_wrong_secret_costs_no_event(store: Store, receiver: Receiver) -> None:
    await add_target(store, "province", receiver.url, secret="whsec_d3Jvbmc=")
    await receiver.up()
    await tell(store, event("a", 0), event("a", 1))
    async with courier(store):
        await until(lambda: receiver.statuses[401] > 2)
        assert DeliveryState.DEAD not in await states(store)
        async with store.session() as session:
            target = await session.get(FeedTarget, "province")
            assert target is not None and "401" in target.last_error
            target.secret = receiver.secret
        await until(lambda: all_done(store))


async def test_a_paused_target_collects_and_one_that_is_off_does_not(store: Store, receiver: Receiver) -> None:
    await add_target(store, "paused", receiver.url, state=TargetState.PAUSED)
    await add_target(store, "off", receiver.url, state=TargetState.OFF)
    await receiver.up()
    async with courier(store):
        await tell(store, event("a", 0))
        await asyncio.sleep(0.1)
        assert receiver.seen == []
        async with store.session() as session:
            target = await session.get(FeedTarget, "paused")
            assert target is not None
            target.state = TargetState.ON
        await until(lambda: receiver.seen == ["a:0"])


async def test_what_did_not_happen_is_not_told(store: Store, receiver: Receiver) -> None:
    await add_target(store, "province", receiver.url)
    with pytest.raises(ZeroDivisionError):
        async with store.session() as session:
            assert await enqueue(session, event("a", 0)) == 1
            raise ZeroDivisionError
    assert await states(store) == []


async def test_an_event_enqueued_again_is_told_once(store: Store) -> None:
    await add_target(store, "province", "http://127.0.0.1:1/")
    await tell(store, event("a", 0), event("a", 0))
    assert await states(store) == [DeliveryState.WAITING]


async def test_an_event_that_nobody_wants_leaves_no_row(store: Store) -> None:
    await add_target(store, "tourism", "http://127.0.0.1:1/", filter={"subjects": ["tourism"]})
    await tell(store, event("a", 0), event("b", 0, facts=Facts(hotline="12345", subject="tourism/hotel")))
    async with store.reading() as session:
        assert list(await session.scalars(select(Outbox.subject))) == ["b"]


async def test_secrets_and_data_lie_sealed_in_the_store(store: Store) -> None:
    await add_target(store, "province", "http://127.0.0.1:1/")
    await tell(store, event("a", 0))
    async with store.reading() as session:
        secret = (await session.execute(text("SELECT secret FROM feed_targets"))).scalar_one()
        data = (await session.execute(text("SELECT data FROM outbox"))).scalar_one()
    assert is_sealed(secret) and is_sealed(data) and "张三" not in data


@pytest.mark.parametrize("identity", [True, False])
async def test_names_go_only_where_they_may(store: Store, receiver: Receiver, identity: bool) -> None:
    await add_target(store, "province", receiver.url, identity=identity)
    await receiver.up()
    await tell(store, event("a", 0))
    async with courier(store):
        await until(lambda: all_done(store))
    assert receiver.taken[0]["data"] == ({"seq": 0, "caller_name": "张三"} if identity else {"seq": 0})


async def test_an_event_whose_seal_is_broken_is_a_dead_letter_and_stops_nobody(
    store: Store, receiver: Receiver
) -> None:
    await add_target(store, "province", receiver.url)
    await receiver.up()
    await tell(store, event("a", 0), event("b", 0))
    async with store.session() as session:
        await session.execute(
            text("UPDATE outbox SET data=(SELECT data FROM outbox WHERE subject='b') WHERE subject='a'")
        )
    async with courier(store):
        await until(lambda: receiver.seen == ["b:0"])
    assert await states(store) == [DeliveryState.DEAD, DeliveryState.DONE]


class Silent:
    async def send(self, to: Address, event: Event, sequence: int, *, again: bool) -> Outcome:
        return Outcome(Result.AWAY, error="away")


async def test_an_outage_of_days_kills_no_event_but_one_longer_than_any_holiday_does(store: Store) -> None:
    await add_target(store, "province", "http://127.0.0.1:1/")
    await tell(store, event("a", 0))
    clock = [datetime.now(UTC)]
    async with courier(store, Silent(), now=lambda: clock[0], back_off=lambda _failures: 0.0) as worker:
        await until(lambda: worker.failed > 2)
        clock[0] += timedelta(days=9)
        tried = worker.failed
        await until(lambda: worker.failed > tried + 2)
        assert DeliveryState.DEAD not in await states(store)
        clock[0] += timedelta(days=2)

        async def dead() -> bool:
            return await states(store) == [DeliveryState.DEAD]

        await until(dead)


async def test_what_was_delivered_long_ago_is_dropped_and_nothing_else(store: Store, receiver: Receiver) -> None:
    await add_target(store, "one", receiver.url)
    await add_target(store, "two", "http://127.0.0.1:1/")
    await tell(store, event("a", 0), event("a", 1))
    async with store.session() as session:
        for row in await session.scalars(select(Delivery)):
            if row.target_id == "one" or row.outbox_id == 1:
                row.state, row.done_at = DeliveryState.DONE, AT
    async with store.session() as session:
        assert await purge(session, AT + timedelta(days=29)) == 0
        assert await purge(session, AT + timedelta(days=31)) == 2
    async with store.reading() as session:
        assert list(await session.scalars(select(Outbox.event_id))) == ["a:1"]
        assert [row.target_id for row in await session.scalars(select(Delivery))] == ["two"]
