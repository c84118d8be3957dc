"""What the path of a stored call says of lines that broke, and what it hides of listeners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from console.call_path import AMONG_OTHERS, AT_REST, CUT, lost_lines, without_listeners
from gateway.journal.kinds import LegRole
from gateway.store import CallDetail, CallEvent, Leg

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
LEGS = {
    "s1": Leg(uniqueid="s1", role=LegRole.SEAT, seat="801"),
    "s2": Leg(uniqueid="s2", role=LegRole.SEAT, seat="801"),
}


def story(*lines: tuple[str, str, dict[str, Any]]) -> list[CallEvent]:
    return [
        CallEvent(
            file_id="f", offset=place, at=NOON + timedelta(seconds=place), event=event, uniqueid=leg, detail=detail
        )
        for place, (event, leg, detail) in enumerate(lines)
    ]


def hung_up(cause: str = "16") -> dict[str, Any]:
    return {"extra": {"hangupcause": cause}}


def user(**fields: str) -> dict[str, Any]:
    return {"fields": fields}


Line = tuple[str, str, dict[str, Any]]
Lines = tuple[Line, ...]
UP: Line = ("ANSWER", "s1", {})
RESTORED: Line = ("hl.restore", "c", user(seat="801", back="1"))


def test_a_seat_that_was_kept_for_has_not_hung_up() -> None:
    kept: Lines = (
        UP,
        ("HANGUP", "s1", hung_up()),
        RESTORED,
        ("ANSWER", "s2", {}),
        ("HANGUP", "s2", hung_up()),
    )
    assert lost_lines(story(*kept), LEGS) == {1: AT_REST}


def test_a_lost_lines_hang_up_may_be_written_after_its_restoring() -> None:
    """Seen on the real PBX: 0.5 ms after it, with the cause of a lost line."""
    kept: Lines = (
        UP,
        RESTORED,
        ("HANGUP", "s1", hung_up("44")),
        ("ANSWER", "s2", {}),
        ("HANGUP", "s2", hung_up()),
    )
    assert lost_lines(story(*kept), LEGS) == {2: AT_REST}


def test_an_offer_that_was_missed_before_is_no_lost_line() -> None:
    missed: Lines = (
        ("HANGUP", "s1", hung_up()),
        ("ANSWER", "s2", {}),
        RESTORED,
        ("HANGUP", "s2", hung_up("44")),
    )
    assert lost_lines(story(*missed), LEGS) == {3: AT_REST}


def test_a_seat_that_is_rung_into_the_same_talk_again_had_lost_its_line() -> None:
    resumed: Line = ("hl.leg", "s2", user(role="seat", who="801", verb="resume"))
    back: Lines = UP, ("HANGUP", "s1", hung_up("44")), ("ANSWER", "s2", {}), resumed
    assert lost_lines(story(*back), LEGS) == {1: AMONG_OTHERS}


def test_a_line_that_was_cut_is_told_from_a_hang_up() -> None:
    assert lost_lines(story(("HANGUP", "s1", hung_up("44"))), LEGS) == {0: CUT}
    assert lost_lines(story(("HANGUP", "s1", hung_up()), ("HANGUP", "c", hung_up("44"))), LEGS) == {}


def test_who_only_listened_is_not_in_a_path_that_must_not_tell_who_spoke_is() -> None:
    silent, loud = (Leg(uniqueid=name, role=LegRole.SUPERVISOR, seat="701") for name in ("b1", "b2"))
    events = story(
        ("hl.leg", "b1", user(verb="listen")),
        ("ANSWER", "b1", {}),
        ("hl.leg", "b2", user(verb="listen")),
        ("hl.leg", "b2", user(verb="barge")),
    )
    whole = CallDetail(None, (LEGS["s1"], silent, loud), tuple(events), None, (), (), None, None, {})  # type: ignore[arg-type]
    seen = without_listeners(whole)
    assert [leg.uniqueid for leg in seen.legs] == ["s1", "b2"]
    assert [(event.uniqueid, event.detail["fields"]["verb"]) for event in seen.events] == [("b2", "barge")]
