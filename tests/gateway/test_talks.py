"""The driver of talks against a manager interface that a test answers: what is sent, in what order, and never twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

import seats
from gateway.errors import CallerFaultError, IndeterminateError
from gateway.live import CallState
from gateway.talks import People, Talks
from gateway.talks.snapshot import pictures
from tests.gateway.conftest import House
from transfer import Roster
from transfer import talk as machine
from transfer.roster import Entry
from transfer.talk import Place, Verb
from transfer.target import TargetKind

CALL = "hl1-1.0"
CALLER, SEAT, EXPERT = "PJSIP/carrier-00000000", "PJSIP/seat-801-00000001", "PJSIP/seat-901-00000002"
SAFE = re.compile(r"[A-Za-z0-9%&=._~@+-]{0,300}")


@dataclass
class FakePbx:
    """Answers every action with success; `broken` names actions whose answer is lost; `shown` is what it holds."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    go: dict[str, str] = field(default_factory=dict)
    on_redirect: Callable[[str, str], None] = lambda _channel, _exten: None

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Any) -> Mapping[str, str]:
        await asyncio.sleep(0)
        self.sent.append((name, fields))
        if fields.get("Variable") == "HL_GO":
            self.go[fields["Channel"]] = fields["Value"]
        if name in self.broken:
            raise self.broken[name]
        if name == "Redirect":
            self.on_redirect(fields["Channel"], fields["Exten"])
        if name == "Getvar":
            return {"Value": self.variables.get(f"{fields['Channel']} {fields['Variable']}", "")}
        return {}

    async def action_list(
        self, name: str, *, wait_s: float | None = None, **_fields: Any
    ) -> Sequence[Mapping[str, str]]:
        self.sent.append((name, {}))
        return self.shown

    def actions(self, *names: str) -> list[tuple[str, ...]]:
        wanted = ("Channel", "Variable", "Exten", "Value")
        return [(name, *(str(f[key]) for key in wanted if key in f)) for name, f in self.sent if name in names]


@dataclass
class Desk:
    """The driver with a real board and live view, one pair talking."""

    house: House
    pbx: FakePbx
    talks: Talks
    notes: list[dict[str, Any]]

    def moved(self, party: str, channel: str, place: str) -> None:
        fields = {"Room": CALL, "Party": party, "Channel": channel, "Place": place}
        self.talks.on_event({"Event": "UserEvent", "UserEvent": "HotlineTalk", **fields})

    def hung_up(self, channel: str) -> None:
        self.talks.on_event({"Event": "Hangup", "Linkedid": CALL, "Channel": channel})

    def places(self) -> dict[str, str]:
        talk = self.talks.get(CALL)
        return {party.id: party.place.value for party in talk.parties} if talk else {}

    def seat(self, seat: str) -> seats.SeatState:
        found = self.house.desk.board.get(seat)
        assert found
        return found.state


def answered(device: str, call: str = CALL, exten: str = "offer") -> dict[str, str]:
    fields = {"Uniqueid": call, "DestLinkedid": call, "Context": "call", "Exten": exten, "Channel": CALLER}
    return {"Event": "DialEnd", "DialStatus": "ANSWER", "DestChannel": device, **fields}


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    notes: list[dict[str, Any]] = []
    pbx = FakePbx()
    inner = house.desk
    people = People(inner.board, inner.published, notes.append, house.clock)
    talks = Talks(pbx, inner.board, inner.live, people, lambda _ring: 15.0, house.clock, notes.append)
    made = Desk(house, pbx, talks, notes)
    for seat in ("801", "802", "901"):
        house.sit_down(seat)
    view = inner.live.see(CALL, CALLER, "12315")
    view.caller = {"number": "13800138000"}
    inner.board.apply("801", seats.Offered(CALL))
    inner.board.apply("801", seats.Answered(CALL))
    talks.on_event(answered(SEAT))

    def redirected(channel: str, exten: str) -> None:  # what the dialplan would report at once
        party = {CALLER: "c", SEAT: "p1", EXPERT: "p2"}[channel]
        place = {"recorded": "consult"}.get(exten, exten)
        if exten == "leave":
            made.hung_up(channel)
        else:
            made.moved(party, channel, place)
        other, second = (SEAT, "p1") if channel == CALLER else (EXPERT, "p2")
        if channel != EXPERT and (bound := pbx.go.pop(other, "")):  # the other side of its two-party talk goes its way
            made.moved(second, other, bound)

    pbx.on_redirect = redirected
    yield made
    await talks.close()


async def consult(desk: Desk) -> None:
    await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    desk.moved("p2", EXPERT, "ringing")
    desk.house.desk.board.apply("901", seats.Answered(CALL))
    desk.moved("p2", EXPERT, "met")
    await asyncio.sleep(0.01)


async def test_a_first_consult_sets_the_seat_up_and_then_moves_the_caller_alone(desk: Desk) -> None:
    await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    sent = desk.pbx.actions("Setvar", "Redirect")
    assert ("Setvar", SEAT, "HL_THIRD", "seat-901") in sent
    go, move = sent.index(("Setvar", SEAT, "HL_GO", "dial")), sent.index(("Redirect", CALLER, "main"))
    assert go < move
    assert [each for each in sent if each[0] == "Redirect"] == [("Redirect", CALLER, "main")]
    assert desk.seat("901") is seats.SeatState.RINGING
    assert desk.seat("801") is seats.SeatState.CONSULTING
    assert sent[-1][2] == "HL_TALK", "what a restarted gateway goes on with"


async def test_only_words_of_ours_are_sent(desk: Desk) -> None:
    await consult(desk)
    for verb in (Verb.SWAP, Verb.SWAP, Verb.JOIN):
        await desk.talks.ask(CALL, verb, "801")
    values = [f["Value"] for name, f in desk.pbx.sent if name == "Setvar" and f["Variable"] != "HL_TALK"]
    assert len(values) > 8
    assert [value for value in values if not SAFE.fullmatch(value)] == []


async def test_an_action_without_an_answer_is_not_sent_again_but_looked_up(desk: Desk) -> None:
    desk.pbx.broken["Redirect"] = IndeterminateError("no answer within 5 s")
    desk.pbx.shown = [
        {"Channel": CALLER, "Uniqueid": CALL, "Linkedid": CALL, "Context": "talk", "Exten": "caller"},
        {"Channel": SEAT, "Uniqueid": "x", "Linkedid": CALL, "Context": "talk", "Exten": "main"},
    ]
    with pytest.raises(IndeterminateError):
        await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    await asyncio.sleep(0.05)
    assert len(desk.pbx.actions("Redirect")) == 1
    assert ("CoreShowChannels",) in desk.pbx.actions("CoreShowChannels")
    assert desk.places() == {"c": "main", "p1": "main"}


async def test_a_refused_verb_sends_nothing(desk: Desk) -> None:
    for verb, by in ((Verb.CONSULT, "802"), (Verb.JOIN, "801"), (Verb.SWAP, "")):
        with pytest.raises(CallerFaultError):
            await desk.talks.ask(CALL, verb, by, "seat" if verb is Verb.CONSULT else "", "901")
    assert desk.pbx.sent == []


async def test_a_seat_with_other_work_is_not_rung(desk: Desk) -> None:
    desk.house.desk.board.apply("901", seats.Pause("开会"))
    with pytest.raises(CallerFaultError, match="不空闲"):
        await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    assert desk.pbx.sent == []


async def test_an_outside_number_that_nobody_allowed_is_refused_noted_and_not_dialled(desk: Desk) -> None:
    with pytest.raises(CallerFaultError, match="允许外呼"):
        await desk.talks.ask(CALL, Verb.CONSULT, "801", "outside", "02987654321")
    (note,) = desk.notes
    assert (note["event"], note["reason"], note["call"], note["seat"]) == (
        "outside_refused",
        "not-allowed",
        CALL,
        "801",
    )
    assert desk.pbx.sent == []


@pytest.mark.parametrize("ref", ["", "110\r\nAction: Logoff", "9" * 200, "110;x"])
async def test_what_is_no_target_is_refused(desk: Desk, ref: str) -> None:
    for kind in ("seat", "unit", "emergency", "outside", "moon"):
        with pytest.raises(CallerFaultError):
            await desk.talks.ask(CALL, Verb.THREE_WAY, "801", kind, ref)
    assert desk.pbx.sent == []


async def test_a_third_that_does_not_answer_is_told_to_board_and_seat(desk: Desk) -> None:
    await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    missed = {"Event": "DialEnd", "DialStatus": "NOANSWER", "DestChannel": EXPERT, "DestLinkedid": CALL}
    desk.talks.on_event({**missed, "Uniqueid": "hl1-1.1", "Channel": SEAT})
    assert desk.seat("901") is seats.SeatState.SET_ASIDE
    assert desk.talks.not_taken(CALL, "p2", "NOANSWER") is None
    view = desk.house.desk.live.get(CALL)
    assert view and view.talk
    assert "无人应答" in view.talk["notice"]["text"]
    assert "consult" in view.talk["verbs"]


async def test_the_view_shows_who_conducts_and_a_callers_end_ends_all(desk: Desk) -> None:
    await consult(desk)
    await desk.talks.ask(CALL, Verb.HAND_OVER, "801")
    await asyncio.sleep(0.01)
    view = desk.house.desk.live.get(CALL)
    assert view and view.talk
    assert (view.seat, view.talk["conductor"]) == ("901", "901")
    desk.hung_up(CALLER)
    await asyncio.sleep(0.01)
    assert ("Hangup", EXPERT) in desk.pbx.actions("Hangup")
    assert desk.talks.get(CALL) is None


async def test_a_new_life_takes_a_talk_up_from_the_calls_own_memory(desk: Desk) -> None:
    await consult(desk)
    await desk.talks.ask(CALL, Verb.JOIN, "801")
    memory = [f["Value"] for name, f in desk.pbx.sent if name == "Setvar" and f["Variable"] == "HL_TALK"][-1]
    pbx = FakePbx(variables={f"{CALLER} HL_TALK": memory, f"{SEAT} HL_ME": "p1", f"{EXPERT} HL_ME": "p2"})
    pbx.shown = [
        {"Channel": CALLER, "Uniqueid": CALL, "Linkedid": CALL, "Context": "talk", "Exten": "caller"},
        *(
            {"Channel": leg, "Uniqueid": leg, "Linkedid": CALL, "Context": "talk", "Exten": "main"}
            for leg in (SEAT, EXPERT)
        ),
    ]
    inner = desk.house.desk
    people = People(inner.board, inner.published, desk.notes.append, desk.house.clock)
    inner.live.gone(CALL)
    again = Talks(pbx, inner.board, inner.live, people, lambda _ring: 15.0, desk.house.clock, desk.notes.append)
    taken: list[str] = []
    again.looking.take_up = lambda call, _channel, _kept: taken.append(call)
    await again.resync()
    assert taken == [CALL]
    assert again.get(CALL) == desk.talks.get(CALL)
    await again.close()


async def test_a_talk_without_memory_is_taken_up_as_the_pbx_shows_it(desk: Desk) -> None:
    desk.pbx.variables = {f"{SEAT} HL_ME": "p1", f"{EXPERT} HL_ME": "p2"}
    desk.pbx.shown = [
        {"Channel": CALLER, "Uniqueid": CALL, "Linkedid": CALL, "Context": "talk", "Exten": "main"},
        {"Channel": SEAT, "Uniqueid": "s", "Linkedid": CALL, "Context": "talk", "Exten": "dial", "Application": "Dial"},
        {"Channel": EXPERT, "Uniqueid": "e", "Linkedid": CALL, "Application": "AppDial", "ChannelStateDesc": "Up"},
    ]
    desk.hung_up(CALLER)  # this life has forgotten it
    desk.house.desk.live.see(CALL, CALLER, "12315").state = CallState.TALKING
    await desk.talks.resync()
    talk = desk.talks.get(CALL)
    assert talk and talk.seat and talk.seat.who == "801"
    assert desk.places() == {"c": "main", "p1": "dial", "p2": "met"}
    assert Verb.JOIN in machine.allowed(talk)


@pytest.mark.parametrize(
    ("context", "exten", "application", "state", "place"),
    [
        ("talk", "main", "ConfBridge", "Up", Place.MAIN),
        ("talk", "recorded", "ConfBridge", "Up", Place.CONSULT),
        ("talk", "aside", "MusicOnHold", "Up", Place.ASIDE),
        ("talk", "leave", "Wait", "Up", Place.LEAVE),
        ("from-seat", "", "AppDial", "Ringing", Place.RINGING),
        ("from-seat", "", "AppDial", "Up", Place.MET),
        ("talk", "h", "", "Up", None),
        ("listen", "whisper", "ChanSpy", "Up", None),
    ],
)
def test_a_legs_place_is_read_from_its_channel(
    context: str, exten: str, application: str, state: str, place: Place | None
) -> None:
    caller = {"Channel": CALLER, "Uniqueid": CALL, "Linkedid": CALL, "Context": "talk", "Exten": "caller"}
    leg = {"Channel": EXPERT, "Uniqueid": "e", "Linkedid": CALL, "Context": context, "Exten": exten}
    found = pictures([caller, leg | {"Application": application, "ChannelStateDesc": state}])[CALL]
    assert [each.place for each in found.legs] == ([place] if place is not None else [])
    assert found.settled


def test_a_leg_on_its_way_makes_the_picture_wait() -> None:
    caller = {"Channel": CALLER, "Uniqueid": CALL, "Linkedid": CALL, "Context": "moved", "Exten": "s"}
    assert not pictures([caller])[CALL].settled


async def test_a_leg_that_is_gone_already_keeps_no_other_from_being_ended(desk: Desk) -> None:
    await consult(desk)
    desk.pbx.broken["Hangup"] = CallerFaultError("AMI Hangup: No such channel")
    desk.hung_up(CALLER)
    await asyncio.sleep(0.01)
    assert desk.pbx.actions("Hangup") == [("Hangup", SEAT), ("Hangup", EXPERT)]


def roster_of(desk: Desk, *seats_on_it: str, line: str = "") -> None:
    """Who is to be asked about 12315, and that this is the call's hotline."""
    entries = tuple(Entry(TargetKind.SEAT, seat, f"专家{seat}") for seat in seats_on_it)
    entries += (Entry(TargetKind.UNIT, line, "专线"),) if line else ()
    published = desk.house.desk.published
    people = replace(published.now.people, roster=Roster({"12315": entries}))
    published.now = replace(published.now, people=people)
    view = desk.house.desk.live.get(CALL)
    assert view is not None
    view.hotline = {"number": "12315"}


async def test_nobody_free_on_the_roster_is_written_down_once_asked_and_shown(desk: Desk) -> None:
    roster_of(desk, "901")
    desk.house.desk.board.apply("901", seats.Pause("开会"))
    with pytest.raises(CallerFaultError, match="没有可呼叫的人员"):
        await desk.talks.ask(CALL, Verb.CONSULT, "801", "skill", "12315")
    (line,) = desk.notes
    assert (line["event"], line["call"], line["seat"], line["reason"], line["reference"]) == (
        "roster", CALL, "801", "12315", "",
    )  # fmt: skip
    view = desk.house.desk.live.get(CALL)
    assert view and view.talk and view.talk["unanswered"]["roster"] == "12315"
    assert desk.pbx.actions("Redirect") == [], "the caller stays with the seat"


async def test_the_only_free_expert_asked_by_name_is_the_rosters_last_hope(desk: Desk) -> None:
    roster_of(desk, "901")
    await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    assert desk.talks.not_taken(CALL, "p2", "NOANSWER") is None
    assert [line["reference"] for line in desk.notes if line["event"] == "roster"] == ["人社专家"]


async def test_one_of_several_free_experts_asked_by_name_leaves_the_others(desk: Desk) -> None:
    roster_of(desk, "901", line="12328")
    await desk.talks.ask(CALL, Verb.CONSULT, "801", "seat", "901")
    assert desk.talks.not_taken(CALL, "p2", "NOANSWER") is None
    assert desk.notes == []
