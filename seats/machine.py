"""The life of a seat: `next(seat, event, now) -> seat`, defined for every state and event.

In: a seat, what happened, when. Out: the seat afterwards; the very same object when the event changes nothing (late,
doubled, or of another call). Never: an error, a timer (the driver sends `WrapUpOver`), a phone.
"""

from dataclasses import replace
from typing import assert_never

from . import seat as ev
from .seat import Reason, Seat, SeatEvent, SeatState

_IN_TALK = frozenset({SeatState.TALKING, SeatState.CONSULTING})
_ON_A_CALL = _IN_TALK | {SeatState.RINGING}
_IN_HAND = _ON_A_CALL | {SeatState.WRAP_UP}
_FIXED_BY_PERSON = frozenset({Reason.NO_ANSWER, Reason.REJECTED, Reason.UNREACHABLE})


def is_offerable(seat: Seat) -> bool:
    """Whether the dispatch may be shown this seat."""
    return seat.state is SeatState.IDLE


def next(seat: Seat, event: SeatEvent, now: float) -> Seat:
    """The seat after the event."""
    match event:
        case ev.Login() | ev.Logout():
            return _presence(seat, event, now)
        case ev.Pause() | ev.Resume() | ev.Done():
            return _person(seat, event, now)
        case ev.DeviceLost() | ev.DeviceBack() | ev.BusyElsewhere() | ev.FreeElsewhere():
            return _device(seat, event, now)
        case ev.Offered() | ev.Answered():
            return _call_begins(seat, event, now)
        case ev.ConsultBegan() | ev.ConsultEnded() | ev.TalkLost():
            return _call_goes_on(seat, event, now)
        case ev.NoAnswer() | ev.Rejected() | ev.Unreachable() | ev.Withdrawn() | ev.TalkEnded() | ev.WrapUpOver():
            return _call_ends(seat, event, now)
        case _:
            assert_never(event)


def _presence(seat: Seat, event: ev.Login | ev.Logout, now: float) -> Seat:
    if isinstance(event, ev.Logout):
        if seat.state in _ON_A_CALL or seat.must_close:
            return replace(seat, leave_after=True)
        return seat if seat.state is SeatState.OFFLINE else _offline(seat, now)
    if seat.state in _IN_HAND:
        # the phone is not changed under a call
        return replace(seat, leave_after=False, device=seat.device or event.device)
    fresh = replace(seat, device=event.device, device_gone=event.device_gone, device_busy=False, leave_after=False)
    if seat.state in (SeatState.IDLE, SeatState.OFFLINE):
        return _rest(fresh, now)
    if seat.state is SeatState.PAUSED:
        return fresh
    return _rest(replace(fresh, reason=""), now)


def _person(seat: Seat, event: ev.Pause | ev.Resume | ev.Done, now: float) -> Seat:
    match event:
        case ev.Pause(reason, after_call):
            words = reason.strip() or Reason.UNSPECIFIED
            if seat.state in _ON_A_CALL or seat.must_close or (seat.state is SeatState.WRAP_UP and after_call):
                return replace(seat, pause_after=words)
            # whoever has promised to leave leaves: a pause of nobody would never end
            return seat if seat.state is SeatState.OFFLINE else _rest(replace(seat, pause_after=words), now)
        case ev.Resume():
            if seat.state in _IN_HAND:
                # nobody is logged in at a seat without a phone: it goes offline after this call whatever is pressed
                return replace(seat, pause_after=None, leave_after=seat.device is None)
            if seat.state in (SeatState.PAUSED, SeatState.SET_ASIDE):
                return _rest(seat, now)
            return seat
        case ev.Done(result, anyhow):
            closed = not seat.must_close or anyhow or bool(result.strip())
            return _rest(seat, now) if seat.state is SeatState.WRAP_UP and closed else seat


def _device(seat: Seat, event: ev.DeviceLost | ev.DeviceBack | ev.BusyElsewhere | ev.FreeElsewhere, now: float) -> Seat:
    gone, busy = seat.device_gone, seat.device_busy
    match event:
        case ev.DeviceLost():
            gone, busy = True, False
        case ev.DeviceBack():
            gone = False
        case ev.BusyElsewhere():
            busy = True
        case ev.FreeElsewhere():
            busy = False
    if (gone, busy) == (seat.device_gone, seat.device_busy):
        return seat
    told = replace(seat, device_gone=gone, device_busy=busy)
    waits_for_person = seat.state is SeatState.SET_ASIDE and seat.reason in _FIXED_BY_PERSON
    if seat.state is SeatState.IDLE or (seat.state is SeatState.SET_ASIDE and not waits_for_person):
        return _rest(told, now)
    if waits_for_person and seat.reason == Reason.UNREACHABLE and isinstance(event, ev.DeviceBack):
        return _rest(told, now)  # what was wrong has been put right
    return told


def _call_begins(seat: Seat, event: ev.Offered | ev.Answered, now: float) -> Seat:
    if isinstance(event, ev.Offered):
        if seat.state is not SeatState.IDLE:
            return seat
        return replace(seat, state=SeatState.RINGING, reason=Reason.OFFER, since=now, call=event.call)
    if seat.state in _IN_TALK:
        if seat.reason != Reason.RESTORING or seat.call != event.call:
            return seat
        return replace(seat, reason=Reason.CALL, since=now)  # it has come back
    if seat.state is SeatState.WRAP_UP and seat.call == event.call:
        return seat  # late: this talk is already over
    leaves = seat.leave_after or seat.state is SeatState.OFFLINE
    after = seat.reason if seat.state is SeatState.PAUSED else seat.pause_after
    talking = replace(seat, state=SeatState.TALKING, reason=Reason.CALL, since=now, call=event.call)
    return replace(talking, leave_after=leaves, pause_after=after, idle_since=None, must_close=False)


def _call_goes_on(seat: Seat, event: ev.ConsultBegan | ev.ConsultEnded | ev.TalkLost, now: float) -> Seat:
    if seat.call != event.call:
        return seat
    talks = seat.state is SeatState.TALKING and seat.reason != Reason.RESTORING
    match event:
        case ev.ConsultBegan() if talks:
            return replace(seat, state=SeatState.CONSULTING, reason=Reason.CONSULT, since=now)
        case ev.ConsultEnded() if seat.state is SeatState.CONSULTING:
            return replace(seat, state=SeatState.TALKING, reason=Reason.CALL, since=now)
        case ev.TalkLost() if talks or seat.state in (SeatState.CONSULTING, SeatState.WRAP_UP):
            # in wrap-up, too: the end of the leg may be heard of before it is known that nobody hung up
            return replace(seat, state=SeatState.TALKING, reason=Reason.RESTORING, since=now, must_close=False)
        case _:
            return seat


def _call_ends(
    seat: Seat,
    event: ev.NoAnswer | ev.Rejected | ev.Unreachable | ev.Withdrawn | ev.TalkEnded | ev.WrapUpOver,
    now: float,
) -> Seat:
    if seat.call != event.call:
        return seat
    if isinstance(event, ev.WrapUpOver):
        return _rest(seat, now) if seat.state is SeatState.WRAP_UP and not seat.must_close else seat
    if isinstance(event, ev.TalkEnded):
        if seat.state not in _ON_A_CALL:
            return seat
        over = replace(seat, state=SeatState.WRAP_UP, reason=Reason.AFTER_CALL, since=now, idle_since=None)
        return replace(over, must_close=event.must_close)
    if seat.state is not SeatState.RINGING:
        return seat
    match event:
        case ev.Withdrawn():
            return _rest(seat, now)
        case ev.NoAnswer():
            return _missed(seat, Reason.NO_ANSWER, now)
        case ev.Rejected():
            return _missed(seat, Reason.REJECTED, now)
        case ev.Unreachable():
            return _missed(seat, Reason.UNREACHABLE, now)


def _missed(seat: Seat, reason: Reason, now: float) -> Seat:
    """After a missed offer a promised leave or pause comes first: it explains why nobody answered."""
    if seat.leave_after or seat.pause_after is not None:
        return _rest(seat, now)
    return _set_aside(seat, reason, now)


def _rest(seat: Seat, now: float) -> Seat:
    """Where a seat with nothing in hand comes to rest: gone, paused, set aside for its phone, or idle."""
    if seat.leave_after:
        return _offline(seat, now)
    if seat.pause_after is not None:
        return _paused(seat, seat.pause_after, now)
    if seat.device_gone:
        return _set_aside(seat, Reason.DEVICE_LOST, now)
    if seat.device_busy:
        return _set_aside(seat, Reason.BUSY_ELSEWHERE, now)
    if seat.state is SeatState.IDLE:
        return seat
    kept = seat.idle_since if seat.state is SeatState.RINGING else None
    since = now if kept is None else kept
    idle = replace(seat, state=SeatState.IDLE, reason="", since=now, call=None, idle_since=since)
    return replace(idle, must_close=False)


def _offline(seat: Seat, now: float) -> Seat:
    return Seat(seat.id, SeatState.OFFLINE, Reason.LOGGED_OUT, now)


def _paused(seat: Seat, words: str, now: float) -> Seat:
    paused = replace(seat, state=SeatState.PAUSED, reason=words, since=now, call=None)
    return replace(paused, idle_since=None, pause_after=None, must_close=False)


def _set_aside(seat: Seat, reason: Reason, now: float) -> Seat:
    if seat.state is SeatState.SET_ASIDE and seat.reason == reason:
        return seat
    aside = replace(seat, state=SeatState.SET_ASIDE, reason=reason, since=now, call=None)
    return replace(aside, idle_since=None, must_close=False)
