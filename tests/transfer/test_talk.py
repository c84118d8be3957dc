"""What each verb does in each place: the policies of a talk of several, one by one."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from transfer import talk as machine
from transfer.talk import (
    CALLER,
    Asked,
    CalledIn,
    Check,
    DialFailed,
    Exhausted,
    Go,
    Gone,
    HangUp,
    Home,
    Move,
    Moved,
    Notice,
    Place,
    Refuse,
    Resynced,
    Ring,
    Seen,
    Talk,
    TalkEffect,
    TalkEvent,
    Verb,
)
from transfer.target import PartyRole, Target, TargetKind, emergency_line

SEAT = Target(TargetKind.SEAT, "801", "seat-801", PartyRole.SEAT, "坐席801")
EXPERT = Target(TargetKind.SEAT, "901", "seat-901", PartyRole.EXPERT, "专家901")
OTHER = Target(TargetKind.SEAT, "902", "seat-902", PartyRole.EXPERT, "专家902")
POLICE = emergency_line("110")


def pair() -> Talk:
    return machine.begin("hl1-1.1", SEAT, 1.0, "13800138000")


def after(talk: Talk, *events: TalkEvent) -> Talk:
    for event in events:
        talk, _ = machine.next(talk, event, 2.0)
    return talk


def effects(talk: Talk, event: TalkEvent) -> tuple[TalkEffect, ...]:
    return machine.next(talk, event, 3.0)[1]


def ask(verb: Verb, *targets: Target, by: str = "801", party: str = "") -> Asked:
    return Asked(verb, by, targets, party)


def places(talk: Talk) -> dict[str, str]:
    return {party.id: party.place.value for party in talk.parties}


CONSULTING = (ask(Verb.CONSULT, EXPERT), Moved("p2", Place.RINGING), Moved("p2", Place.MET))
THREE = (*CONSULTING, ask(Verb.JOIN), Moved("p1", Place.MAIN), Moved("p2", Place.MAIN))


def test_the_first_consult_takes_the_caller_into_the_room_and_the_seat_goes_to_dial_by_that() -> None:
    ring = Ring("p1", "p2", EXPERT, Place.DIAL)
    assert effects(pair(), ask(Verb.CONSULT, EXPERT)) == (ring, Go("p1", Place.DIAL), Move(CALLER, Place.MAIN))


def test_from_the_room_only_the_seat_is_moved() -> None:
    talk = after(pair(), *THREE)
    ring = Ring("p1", "p3", POLICE, Place.MAIN)
    assert effects(talk, ask(Verb.THREE_WAY, POLICE)) == (ring, Move("p1", Place.DIAL))


def test_a_seat_that_hands_over_at_once_leaves_when_the_other_answers() -> None:
    (ring, *_) = effects(pair(), ask(Verb.HAND_OVER, POLICE))
    assert ring == Ring("p1", "p2", POLICE, Place.MAIN, leaves=True)
    talk = after(pair(), ask(Verb.HAND_OVER, POLICE), Moved("p2", Place.MAIN))
    assert places(talk) == {"c": "main", "p1": "leave", "p2": "main"}
    assert machine.allowed(talk) == ()
    talk = after(talk, Gone("p1"))
    assert (talk.conductor, machine.allowed(talk)) == ("", ()), "110 has no page"


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        (Verb.JOIN, (Go("p2", Place.MAIN), Move("p1", Place.MAIN))),
        (Verb.SWAP, (Go("p2", Place.ASIDE), Move("p1", Place.MAIN))),
        (Verb.ASIDE, (Go("p2", Place.ASIDE), Move("p1", Place.MAIN))),
        (Verb.DROP, (Go("p2", Place.LEAVE), Move("p1", Place.MAIN))),
        (Verb.CANCEL, (Go("p2", Place.LEAVE), Move("p1", Place.MAIN))),
        (Verb.HAND_OVER, (Go("p2", Place.MAIN), Move("p1", Place.LEAVE))),
    ],
)
def test_out_of_a_dials_private_talk_the_third_goes_by_the_seats_move(
    verb: Verb, wanted: tuple[TalkEffect, ...]
) -> None:
    assert effects(after(pair(), *CONSULTING), ask(verb)) == wanted


def test_a_private_talk_with_somebody_who_is_there_is_recorded_on_the_thirds_leg() -> None:
    talk = after(pair(), *THREE)
    assert effects(talk, ask(Verb.SWAP)) == (Move("p2", Place.CONSULT, recorded=True), Move("p1", Place.CONSULT))
    apart = after(talk, ask(Verb.SWAP))
    assert effects(apart, ask(Verb.JOIN)) == (Move("p2", Place.MAIN), Move("p1", Place.MAIN))


def test_nobody_is_ever_hung_up_for_a_verb() -> None:
    for verb in Verb:
        for talk in (pair(), after(pair(), *CONSULTING), after(pair(), *THREE)):
            assert not any(isinstance(effect, HangUp) for effect in effects(talk, ask(verb, EXPERT, POLICE)))


def test_while_a_phone_rings_the_seat_can_only_call_it_off() -> None:
    talk = after(pair(), ask(Verb.CONSULT, EXPERT))
    assert machine.allowed(talk) == (Verb.CANCEL,)
    assert effects(talk, ask(Verb.CANCEL)) == (Go("p2", Place.LEAVE), Move("p1", Place.MAIN))


def test_the_next_on_the_list_is_rung_and_after_the_last_the_seat_is_told() -> None:
    talk = after(pair(), ask(Verb.CONSULT, EXPERT, OTHER))
    assert effects(talk, DialFailed("p2", "NOANSWER")) == (Ring("p1", "p3", OTHER, Place.DIAL),)
    talk = after(talk, DialFailed("p2", "NOANSWER"))
    (notice,) = effects(talk, DialFailed("p3", "BUSY"))
    assert isinstance(notice, Notice)
    assert "专家902" in notice.text
    assert "工单" in notice.text
    assert places(after(talk, DialFailed("p3", "BUSY"))) == {"c": "main", "p1": "main"}


def test_a_late_word_of_a_third_that_was_given_up_changes_nothing() -> None:
    talk = after(pair(), ask(Verb.CONSULT, EXPERT, OTHER), DialFailed("p2", "BUSY"))
    assert machine.next(talk, DialFailed("p2", "BUSY"), 9.0) == (talk, ())
    assert machine.next(talk, Gone("p2"), 9.0) == (talk, ())


def test_only_the_conductor_is_obeyed_and_learns_why_not() -> None:
    (refused,) = effects(pair(), ask(Verb.CONSULT, EXPERT, by="802"))
    assert isinstance(refused, Refuse)
    assert refused.slug == "not-yours"


def test_nobody_is_rung_twice_and_six_are_the_most() -> None:
    talk = after(pair(), *THREE)
    (refused,) = effects(talk, ask(Verb.THREE_WAY, EXPERT))
    assert isinstance(refused, Refuse) and refused.slug == "here"
    more = [Target(TargetKind.UNIT, str(12340 + n), f"unit-{12340 + n}", PartyRole.UNIT) for n in range(4)]
    for number, target in enumerate(more, 3):
        talk = after(talk, ask(Verb.THREE_WAY, target), Moved(f"p{number}", Place.MAIN), Moved("p1", Place.MAIN))
    assert len(talk.parties) == machine.MAX_PARTIES
    assert Verb.THREE_WAY not in machine.allowed(talk)


def test_with_two_thirds_the_seat_must_say_which() -> None:
    talk = after(pair(), *THREE, ask(Verb.THREE_WAY, POLICE), Moved("p3", Place.MAIN), Moved("p1", Place.MAIN))
    (refused,) = effects(talk, ask(Verb.DROP))
    assert isinstance(refused, Refuse) and refused.slug == "which"
    assert effects(talk, ask(Verb.DROP, party="p3")) == (Move("p3", Place.LEAVE),)


def test_when_the_caller_hangs_up_everybody_is_ended() -> None:
    talk = after(pair(), *THREE)
    assert effects(talk, Gone(CALLER)) == (HangUp("p1"), HangUp("p2"))
    assert after(talk, Gone(CALLER)).over


def test_when_the_seat_goes_the_expert_conducts_and_who_was_aside_comes_back() -> None:
    talk = after(pair(), *THREE, Gone("p1"))
    assert talk.conductor == "p2"
    aside = after(pair(), *THREE, ask(Verb.ASIDE))
    assert effects(aside, Gone("p1")) == (Move("p2", Place.MAIN), Check())


def test_a_caller_left_alone_goes_back_into_the_line() -> None:
    talk = after(pair(), ask(Verb.CONSULT, EXPERT), Gone("p2"), Gone("p1"))
    assert effects(talk, Resynced((Seen(CALLER, Place.MAIN),))) == (Home(),)


def test_a_supervisor_takes_over_a_pair_and_a_private_talk() -> None:
    target = replace(SEAT, ref="803", device="seat-803", name="班长")
    talk = after(pair(), CalledIn(target, Verb.TAKE_OVER))
    assert effects(talk, Moved("p2", Place.MAIN)) == (Go("p1", Place.LEAVE), Move(CALLER, Place.MAIN))
    talk = after(pair(), *CONSULTING, CalledIn(target, Verb.TAKE_OVER))
    assert effects(talk, Moved("p3", Place.MAIN)) == (Go("p2", Place.MAIN), Move("p1", Place.LEAVE))
    assert after(talk, Moved("p3", Place.MAIN)).conductor == "p3"


def test_a_seat_that_is_back_conducts_again_and_nobody_leaves() -> None:
    talk = after(pair(), *THREE, Gone("p1"), CalledIn(SEAT, Verb.RESUME))
    assert effects(talk, Moved("p3", Place.MAIN)) == ()
    assert after(talk, Moved("p3", Place.MAIN)).conductor == "p3"


def test_a_talk_is_kept_in_one_line_and_read_again() -> None:
    talk = after(pair(), *THREE, ask(Verb.CONSULT, OTHER, POLICE))
    line = machine.dump(talk)
    assert line.isascii() and "\n" not in line
    assert machine.load(line) == talk


def test_a_line_stays_short_enough_for_a_channel_variable() -> None:
    many = tuple(replace(POLICE, ref=str(n), name="很长的名称" * 8) for n in range(40))
    talk = after(pair(), ask(Verb.CONSULT, *many))
    assert len(machine.dump(talk)) <= 1000  # AMI drops a Setvar whose line is longer than 1023 bytes
    assert machine.load(machine.dump(talk)).trying is not None


def test_six_people_with_long_names_fit_and_who_is_where_is_kept() -> None:
    talk = after(pair(), *THREE)
    last = replace(talk.parties[-1], role=PartyRole.EMERGENCY, name="市政务服务便民热线管理中心", verb=Verb.THREE_WAY)
    outside = replace(
        last, who="08722110001", device="08722110001@trunk-carrier", place=Place.CONSULT, since=1.7e9 + 0.1234567
    )
    talk = replace(talk, parties=(*talk.parties[:2], *(replace(outside, id=f"p{n}") for n in range(96, 100))))
    line = machine.dump(talk)
    assert len(line) <= 1000
    kept = machine.load(line)
    assert [(each.id, each.who, each.place, each.device) for each in kept.parties] == [
        (each.id, each.who, each.place, each.device) for each in talk.parties
    ]


def test_a_line_of_the_release_before_is_still_read() -> None:
    talk = after(pair(), *THREE)
    line = json.dumps({"v": 1, **asdict(talk)})
    assert machine.load(line) == talk


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "null",
        '{"v":2}',
        '{"v":3}',
        '{"v":2,"parties":[["c"]]}',
        '{"v":1,"parties":[]}',
        "1~ringing~801",
        '{"v":1',
    ],
)
def test_what_is_not_a_talk_is_said_to_be_none(line: str) -> None:
    with pytest.raises(machine.TalkError):
        machine.load(line)


# -- nobody on the roster ---------------------------------------------------------------------------------------------


def by_roster(*targets: Target) -> Asked:
    return Asked(Verb.CONSULT, "801", targets, roster="12333")


def test_the_last_expert_who_does_not_answer_leaves_a_promise_to_be_made() -> None:
    talk = after(pair(), by_roster(EXPERT, OTHER), DialFailed("p2", "NOANSWER"))
    assert talk.unanswered is None, "one is still to be rung"
    talk, effects = machine.next(talk, DialFailed("p3", "BUSY"), 9.0)
    (found,) = [effect.unanswered for effect in effects if isinstance(effect, Exhausted)]
    assert (found.by, found.roster, found.tried, found.at) == ("801", "12333", ("专家901", "专家902"), 9.0)
    assert talk.unanswered == found
    assert any(isinstance(effect, Notice) and effect.slug == "roster-exhausted" for effect in effects)
    assert machine.load(machine.dump(talk)) == talk, "a restarted gateway still knows"


def test_a_roster_without_anybody_free_is_exhausted_at_once_and_nobody_is_moved() -> None:
    talk, effects = machine.next(pair(), by_roster(), 9.0)
    assert [type(effect) for effect in effects] == [Exhausted, Refuse]
    assert talk.unanswered and talk.unanswered.tried == ()
    assert talk == replace(pair(), unanswered=talk.unanswered)


def test_somebody_asked_by_name_who_does_not_answer_exhausts_no_roster() -> None:
    talk = after(pair(), Asked(Verb.CONSULT, "801", (EXPERT,)))
    talk, effects = machine.next(talk, DialFailed("p2", "NOANSWER"), 9.0)
    assert talk.unanswered is None and not [each for each in effects if isinstance(each, Exhausted)]


def test_an_expert_who_comes_after_all_makes_the_promise_needless() -> None:
    talk = after(pair(), by_roster(), Asked(Verb.CONSULT, "801", (EXPERT,)))
    assert talk.unanswered is not None
    assert after(talk, Moved("p2", Place.MET)).unanswered is None
