"""Short messages: the file, a provider's HTTP interface on a real socket, and the way through the outbox."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select, text

from gateway.errors import CallerFaultError, FatalError, IndeterminateError, RetryableError
from gateway.feeds.courier import Address
from gateway.feeds.events import Event
from gateway.feeds.short_messages import SmsSender
from gateway.sms import FileSms, HttpSms, SmsMessage, load_provider
from gateway.store import Store
from gateway.store.deliveries import Outcome
from gateway.store.kinds import DeliveryState
from gateway.store.models import Delivery
from gateway.store.outbox import enqueue_sms
from tests.feeds.scene import AT, all_done, courier, states, until
from tests.kit.ports import free_block

MESSAGE = SmsMessage("sms:1", "13800000000", "工单{id}已受理")
TOML = """\
url = "http://127.0.0.1:{port}/send"
secret = "s3cret"
[headers]
X-Sign = "{{sign}}"
[body]
mobile = "{{number}}"
content = "【12345】{{text}}"
msg_id = "{{id}}"
extra = {{ts = "{{timestamp}}", list = ["{{number}}"]}}
[sign]
algorithm = "hmac-sha256"
over = "{{number}}{{timestamp}}"
[success]
field = "result.code"
values = [0]
retry = [9]
"""


class Platform:
    def __init__(self) -> None:
        self.port = free_block(1)
        self.got: list[tuple[dict[str, str], Any]] = []
        self.status = 200
        self.body: Callable[[], str] = lambda: json.dumps({"result": {"code": 0}})

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.json()))
        return web.Response(status=self.status, text=self.body())


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    found = Platform()
    app = web.Application()
    app.router.add_post("/send", found.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.port).start()
    yield found
    await runner.cleanup()


@pytest.fixture
async def sms(platform: Platform, tmp_path: Path) -> AsyncIterator[HttpSms]:
    path = tmp_path / "sms.toml"
    path.write_text(TOML.format(port=platform.port))
    path.chmod(0o600)
    async with aiohttp.ClientSession() as client:
        yield HttpSms(load_provider(path), client, lambda: AT)


async def test_a_provider_gets_its_template_filled_and_signed(sms: HttpSms, platform: Platform) -> None:
    await sms.send(MESSAGE)
    headers, body = platform.got[0]
    stamp = str(int(AT.timestamp()))
    assert body == {
        "mobile": "13800000000",
        "content": "【12345】工单{id}已受理",  # a text's own braces stay as they are
        "msg_id": "sms:1",
        "extra": {"ts": stamp, "list": ["13800000000"]},
    }
    assert headers["X-Sign"] == hmac.new(b"s3cret", f"13800000000{stamp}".encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, '{"result": {"code": 9}}', RetryableError),
        (200, '{"result": {"code": 7}}', CallerFaultError),
        (200, "not json", CallerFaultError),
        (429, "", RetryableError),
        (400, "", CallerFaultError),
        (500, "", IndeterminateError),
    ],
)
async def test_what_a_provider_answers_says_whether_to_try_again(
    sms: HttpSms, platform: Platform, status: int, body: str, error: type[Exception]
) -> None:
    platform.status, platform.body = status, lambda: body
    with pytest.raises(error):
        await sms.send(MESSAGE)


@pytest.mark.parametrize("message", [SmsMessage("1", "abc", "x"), SmsMessage("1", "13800000000", "")])
async def test_what_nobody_can_send_is_refused_before_it_is_sent(
    sms: HttpSms, platform: Platform, message: SmsMessage
) -> None:
    with pytest.raises(CallerFaultError):
        await sms.send(message)
    assert platform.got == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('url = "ftp://x"\n[body]\na="{number}{text}"', "https"),
        ('url = "https://x"\n[body]\na="{number}"', "{text} is nowhere"),
        ('url = "https://x"\n[body]\na="{number}{text}"\n[sign]\nalgorithm="rot13"', "sign.algorithm"),
        ("url =", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_a_wrong_sms_file_is_told_with_what_is_wrong(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "sms.toml"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(FatalError, match=told.replace("{", r"\{")):
        load_provider(path)
    path.chmod(0o644)
    with pytest.raises(FatalError, match="chmod 600"):
        load_provider(path)


async def test_without_a_provider_messages_go_to_a_file_of_our_own(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "sms" / "sent.jsonl"
    for _ in range(2):  # the second time with the same ref: sent once
        async with store.session() as session:
            await enqueue_sms(session, "13800000000", "已受理", ref="a:1", at=datetime.now(UTC))
    async with store.reading() as session:
        assert "138" not in (await session.execute(text("SELECT data FROM outbox"))).scalar_one()
    async with courier(store, SmsSender(FileSms(path))):
        await until(lambda: all_done(store))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["id"], line["number"], line["text"]) for line in lines] == [("sms:a:1", "13800000000", "已受理")]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_message_that_may_have_been_sent_is_left_to_a_person_and_the_next_one_goes(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "sent.jsonl"
    async with store.session() as session:
        await enqueue_sms(session, "13800000000", "一", ref="a:1", at=AT, subject="a")
        await enqueue_sms(session, "13800000000", "二", ref="a:2", at=AT, subject="a")
    async with store.session() as session:  # a worker died in the middle of the first
        first = (await session.scalars(select(Delivery).order_by(Delivery.id))).first()
        assert first is not None
        first.state, first.lease, first.leased_until = DeliveryState.SENDING, "gone", AT + timedelta(seconds=60)
    async with courier(store, SmsSender(FileSms(path))):

        async def settled() -> bool:
            return await states(store) == [DeliveryState.DEAD, DeliveryState.DONE]

        await until(settled)
    assert [json.loads(line)["text"] for line in path.read_text().splitlines()] == ["二"]


async def test_a_provider_that_is_away_gets_the_message_later_once(
    store: Store, sms: HttpSms, platform: Platform
) -> None:
    answers = [503, 503, 200]
    real = SmsSender(sms)

    class Counting:
        async def send(self, to: Address, event: Event, sequence: int, *, again: bool) -> Outcome:
            platform.status = answers.pop(0)
            return await real.send(to, event, sequence, again=again)

    async with store.session() as session:
        await enqueue_sms(session, "13800000000", "一", ref="a:1", at=AT)
    async with courier(store, Counting()):
        await until(lambda: all_done(store))
    assert answers == []
    assert [body["msg_id"] for _, body in platform.got] == ["sms:a:1"] * 3
