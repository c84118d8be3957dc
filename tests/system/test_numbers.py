"""Numbers as they really arrive: area codes, country codes, Diversions, hidden and hostile callers.

Every call is made at the same time, finds nobody on duty and is given up: what counts is what was understood of it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from gateway.store import CallDetail, CallFilter, call_detail, calls_page
from gateway.store.past_calls import stored_calls
from gateway.tables.replaying import past_call
from routing_table import Arrival, from_json, lookup
from tests.kit.city import City, wait_for

HOLD_S = 1.0


@dataclass(frozen=True)
class Form:
    """One way for a call to arrive, and what must be understood."""

    name: str
    dialled: str
    hotline: str
    from_header: str
    number: str | None  # the caller's, normalised
    headers: tuple[str, ...] = ()

    @property
    def raw(self) -> str:
        """The user part of From's address: what the record keeps as it came."""
        return self.from_header.rpartition("<sip:")[2].partition("@")[0]


# Each far longer than a journal record may be. The first (the original one) is the last of the list.
HOSTILE = (
    *(
        f'Diversion: "{"长" * 100}" <sip:{"%" * 60}{n}@{"x" * 200}.example;p={"y" * 90}>;reason={"z" * 90};a=b'
        for n in range(4)
    ),
    f'Diversion: "${{SHELL(id)}}|&=" <sip:087212317@10.0.0.1;user=phone>;reason=unconditional;counter={"1" * 300}',
)


def _forms() -> list[Form]:
    def plain(name: str, dialled: str, hotline: str, index: int, *headers: str) -> Form:
        number = f"1370000{index:04d}"
        return Form(name, dialled, hotline, f"<sip:{number}@127.0.0.1>", number, headers)

    def by_caller(name: str, from_header: str, number: str | None) -> Form:
        return Form(name, "12318", "12318", from_header, number)

    return [
        plain("as is", "12315", "12315", 1),
        plain("area code", "087212315", "12315", 2),
        plain("country and area code", "8687212315", "12315", 3),
        plain("plus", "+8687212315", "12315", 4),
        plain("local alias", "08722312315", "12315", 5),
        plain("diverted", "08722312345", "12385", 6, "Diversion: <sip:12385@10.0.0.1>;reason=unconditional"),
        plain(
            "diverted twice: the first number dialled counts",
            "08722312345",
            "12317",
            7,
            "Diversion: <sip:08722319999@10.0.0.1>;reason=unconditional",
            "Diversion: <sip:+8687212317@10.0.0.1>;reason=user-busy",
        ),
        plain("a merged number beats its Diversion", "12369", "12369", 8, "Diversion: <sip:12385@10.0.0.1>"),
        plain("unknown number", "55512", "12345", 9),
        plain("diverted by a bare number", "08722312345", "12385", 21, "Diversion: tel:087212385;reason=no-answer"),
        plain(
            "several Diversions in one header, with commas and brackets in the names",
            "08722312345",
            "12317",
            22,
            'Diversion: "a\\"b, <sip:12320@x>" <sip:08722319999@10.0.0.1>;reason="unconditional", <sip:12317@10.0.0.1>',
        ),
        plain("five hostile Diversions", "08722312345", "12317", 23, *HOSTILE),
        plain("a Diversion of nobody", "08722312345", "12345", 24, "Diversion: <sip:anonymous@x>;reason=unknown"),
        by_caller("mobile with 0", "<sip:013700000011@127.0.0.1>", "13700000011"),
        by_caller("mobile with 86", "<sip:8613700000012@127.0.0.1>", "13700000012"),
        by_caller("mobile with +86", "<sip:+8613700000013@127.0.0.1>", "13700000013"),
        by_caller("landline of the city", "<sip:2319914@127.0.0.1>", "08722319914"),
        by_caller("landline elsewhere", "<sip:01088889915@127.0.0.1>", "01088889915"),
        by_caller("Chinese name", '"张三丰" <sip:13700000016@127.0.0.1>', "13700000016"),
        by_caller("quotes in the name", '"a\\"),System(id),(\\"" <sip:13700000017@127.0.0.1>', "13700000017"),
        by_caller("dialplan in the name", '"${SHELL(id)} $(id); ,&|`id`" <sip:13700000018@127.0.0.1>', "13700000018"),
        by_caller("a number in the name", '"<sip:13799999999@x>" <sip:13700000020@127.0.0.1>', "13700000020"),
        by_caller("long name", f'"{"长" * 120}" <sip:13700000019@127.0.0.1>', "13700000019"),
    ]


FORMS = {form.name: form for form in _forms()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def arrived(whole_city: City) -> AsyncIterator[dict[str, CallDetail | BaseException]]:
    await whole_city.at_rest()
    found = await asyncio.gather(*(_arrive(whole_city, form) for form in FORMS.values()), return_exceptions=True)
    yield dict(zip(FORMS, found, strict=True))


async def _arrive(city: City, form: Form) -> CallDetail:
    result = await city.sipp.call(form.dialled, form.from_header, headers=form.headers, hangup_s=HOLD_S)
    assert result.ok, f"{form.name}: {result.words}"
    return await city.record(form.number or "")


@pytest.mark.parametrize("name", FORMS)
async def test_hotline_and_caller_are_understood_in_every_form(
    arrived: dict[str, CallDetail | BaseException], name: str
) -> None:
    form, detail = FORMS[name], arrived[name]
    if isinstance(detail, BaseException):
        raise detail
    call = detail.call
    assert (call.hotline_number, call.caller_number, call.caller_withheld) == (form.hotline, form.number, False)
    assert (call.dialled, call.caller_raw) == (form.dialled, form.raw)
    assert call.outcome == "abandoned"


async def test_a_replay_asks_what_the_call_asked(
    whole_city: City, arrived: dict[str, CallDetail | BaseException]
) -> None:
    """Above all for a diverted call: what its Diversions said is in the journal, so the table answers as it did."""
    table = from_json((whole_city.config.published_dir / "table.json").read_text("utf-8"))
    async with whole_city.store.reading() as session:
        stored = await stored_calls(
            session, datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), limit=999
        )
    asked = {call.linkedid: past_call(call) for call in stored}
    kept = {}
    for name, detail in arrived.items():
        assert not isinstance(detail, BaseException)
        call = asked[detail.call.linkedid]
        answer = lookup(table, Arrival(call.dialled, call.caller, call.diversions, call.trunk, call.key), call.at)
        assert answer.number == FORMS[name].hotline or name == "unknown number", name
        kept[name] = call.diversions
    assert kept["diverted"] == ("12385;reason=unconditional",)
    assert kept["diverted twice: the first number dialled counts"] == (
        *("08722319999;reason=unconditional", "+8687212317;reason=user-busy"),
    )
    assert kept["several Diversions in one header, with commas and brackets in the names"] == (
        *("08722319999;reason=unconditional", "12317"),
    )
    assert kept["five hostile Diversions"][4] == "087212317;reason=unconditional"
    assert kept["as is"] == ()


async def test_five_hostile_diversions_do_not_fill_the_record(
    whole_city: City, arrived: dict[str, CallDetail | BaseException]
) -> None:
    """Asterisk cuts a record at 1023 bytes; the one that begins a call names where its recording is."""
    lines = whole_city.config.journal_file.read_bytes().splitlines()
    longest = max(len(line) for line in lines if line.startswith(b'"hl.start"'))
    assert any(b"diversions=" in line for line in lines) and longest < 900, longest
    hostile = arrived["five hostile Diversions"]
    assert not isinstance(hostile, BaseException) and hostile.call.recording_path and len(hostile.call.diversions) == 5


@pytest.mark.parametrize(
    ("name", "headers", "from_header"),
    [
        ("anonymous", ["Privacy: id"], '"Anonymous" <sip:anonymous@anonymous.invalid>'),
        ("no user", [], "<sip:127.0.0.1>"),
        ("break in the user", [], "<sip:138%0d%0aAction%3a%20Logoff%0d%0a@127.0.0.1>"),
        ("break and event", [], "<sip:1%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%201%0d%0a%0d%0a@127.0.0.1>"),
        ("dialplan in the user", [], "<sip:$%7bSHELL(id)%7d@127.0.0.1>"),
    ],
)
async def test_a_hidden_or_hostile_caller_is_a_caller_without_a_number(
    city: City, name: str, headers: list[str], from_header: str
) -> None:
    before = time.time()
    result = await city.sipp.call("12318", from_header, headers=headers, hangup_s=HOLD_S)
    assert result.ok, f"{name}: {result.words}"
    detail = await wait_for(lambda: _newest(city, before), "the call's record")
    assert (detail.call.hotline_number, detail.call.caller_number) == ("12318", None)
    assert detail.call.caller_withheld == (name in ("anonymous", "no user"))
    assert re.fullmatch(r"[0-9A-Za-z+*#._-]*", detail.call.caller_raw)
    task = detail.task
    assert task
    assert task.caller_number is None


async def _newest(city: City, since: float) -> CallDetail | None:
    async with city.store.reading() as session:
        page = await calls_page(session, CallFilter(hotline="12318"), limit=1)
        if not page.items or page.items[0].started_at.timestamp() < since - 0.5 or not page.items[0].complete:
            return None
        return await call_detail(session, page.items[0].linkedid)


@pytest.mark.usefixtures("arrived")
async def test_the_store_s_files_hold_no_number_and_the_journals_are_their_owner_s_alone(city: City) -> None:
    files = [path for path in city.config.state_dir.glob("hotline.db*") if path.suffix != ".lock"]
    held = b"".join(path.read_bytes() for path in files)
    assert b"12318" in held and b"hl.start" in held
    numbers = {form.number for form in FORMS.values() if form.number} | {"张三丰", "13799999999"}
    assert [number for number in numbers if number.encode() in held] == []
    journals = (city.config.journal_file, city.config.seat_journal_file)
    assert [path for path in journals if path.exists() and path.stat().st_mode & 0o077] == []
    assert city.config.journal_file.exists()


async def test_hostile_callers_left_no_trace_in_journal_or_link(city: City) -> None:
    """Every record of the journal is one line that was taken in, and the AMI link never broke."""
    journal = city.config.journal_file.read_text("utf-8", "replace")
    assert all(line.startswith('"') for line in journal.splitlines())
    assert "not a journal record" not in (city.config.log_dir / "recorder.log").read_text("utf-8")
    _, health = await city.control("GET", "/v1/health")
    assert health["ami"]


async def test_a_hostile_request_uri_harms_nothing(city: City) -> None:
    """Line breaks and dialplan in the dialled number: refused or taken as 12345, never an event of their own."""
    hostile = ("123%0d%0aEvent%3a%20x", "${EXTEN}", "12345;phone-context=+86", "s", "h", "t", "i")
    await asyncio.gather(
        *(
            city.sipp.call(dialled, f"<sip:{city.new_number()}@127.0.0.1>", hangup_s=0.3, timeout_s=4)
            for dialled in hostile
        )
    )
    _, health = await city.control("GET", "/v1/health")
    assert health["ami"]
    assert all(line.startswith('"') for line in city.config.journal_file.read_text("utf-8", "replace").splitlines())
