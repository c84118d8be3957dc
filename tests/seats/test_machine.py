"""The life of a seat: total over state x event, and each policy as an example."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from seats import (
    Answered,
    BusyElsewhere,
    ConsultBegan,
    ConsultEnded,
    DeviceBack,
    DeviceLost,
    Done,
    FreeElsewhere,
    Login,
    Logout,
    NoAnswer,
    Offered,
    Pause,
    Reason,
    Rejected,
    Resume,
    Seat,
    SeatEvent,
    SeatState,
    TalkEnded,
    TalkLost,
    Unreachable,
    Withdrawn,
    WrapUpOver,
    is_offerable,
    new_seat,
    next,
)

call_ids = st.sampled_from(["a", "b", "c"])
events: st.SearchStrategy[SeatEvent] = st.one_of(
    st.builds(Login, st.sampled_from(["phone", "web"]), st.booleans()),
    st.just(Logout()),
    st.builds(Offered, call_ids),
    st.builds(Answered, call_ids),
    st.builds(NoAnswer, call_ids),
    st.builds(Rejected, call_ids),
    st.builds(Unreachable, call_ids),
    st.builds(Withdrawn, call_ids),
    st.builds(ConsultBegan, call_ids),
    st.builds(ConsultEnded, call_ids),
    st.builds(TalkLost, call_ids),
    st.builds(TalkEnded, call_ids, st.booleans()),
    st.builds(Done, st.sampled_from(["", " ", "told"]), st.booleans()),
    st.builds(WrapUpOver, call_ids),
    st.builds(Pause, st.sampled_from(["", "lunch"]), st.booleans()),
    st.just(Resume()),
    st.just(DeviceLost()),
    st.just(DeviceBack()),
    st.just(BusyElsewhere()),
    st.just(FreeElsewhere()),
)
IN_HAND = {SeatState.RINGING, SeatState.TALKING, SeatState.CONSULTING, SeatState.WRAP_UP}


def after(*happened: SeatEvent, seat: Seat | None = None) -> Seat:
    """The seat after the events, one second apart, the first at second 1."""
    now = seat or new_seat("801", 0.0)
    for second, event in enumerate(happened, start=1):
        now = next(now, event, float(second))
    return now


def logged_in(*happened: SeatEvent) -> Seat:
    return after(Login("phone"), *happened)


def check(seat: Seat) -> None:
    assert (seat.reason == "") == (seat.state is SeatState.IDLE)
    assert (seat.call is not None) == (seat.state in IN_HAND)
    assert seat.device is None or seat.state is not SeatState.OFFLINE
    assert seat.state is SeatState.WRAP_UP or not seat.must_close
    assert (seat.reason == Reason.CONSULT) == (seat.state is SeatState.CONSULTING)
    if seat.state is SeatState.IDLE:
        assert is_offerable(seat) and seat.device is not None
        assert not seat.device_gone and not seat.device_busy
        assert seat.idle_since is not None and seat.pause_after is None and not seat.leave_after
    if seat.state in (SeatState.PAUSED, SeatState.SET_ASIDE, SeatState.OFFLINE):
        assert seat.pause_after is None and not seat.leave_after and seat.idle_since is None


def test_a_pause_after_the_call_of_a_seat_that_leaves_does_not_keep_it() -> None:
    talked = logged_in(Offered("a"), Answered("a"), TalkEnded("a"))
    assert after(Pause("lunch"), seat=talked).state is SeatState.PAUSED
    found_talking = after(Answered("a"), TalkEnded("a"), Pause("lunch"))
    assert found_talking.state is SeatState.OFFLINE


@settings(max_examples=400)
@given(st.lists(events, max_size=40))
def test_no_order_of_events_breaks_a_seat(happened: list[SeatEvent]) -> None:
    seat = new_seat("801", 0.0)
    check(seat)
    for second, event in enumerate(happened, start=1):
        was, seat = seat, next(seat, event, float(second))
        check(seat)
        assert seat.id == "801"
        assert seat.since >= was.since or seat.state is SeatState.IDLE
        if seat.state is SeatState.RINGING and was.state is not SeatState.RINGING:
            assert was.state is SeatState.IDLE


@given(st.lists(events, max_size=25))
def test_every_seat_can_be_brought_back_to_work(happened: list[SeatEvent]) -> None:
    seat = after(*happened)
    if seat.call is not None:
        seat = after(TalkEnded(seat.call), Done(anyhow=True), seat=seat)
    seat = after(DeviceBack(), FreeElsewhere(), Login("phone"), Resume(), seat=seat)
    assert seat.state is SeatState.IDLE


@given(st.lists(events, max_size=25), events)
def test_a_doubled_event_changes_nothing_more(happened: list[SeatEvent], event: SeatEvent) -> None:
    once = after(*happened, event)
    assert next(once, event, once.since).state is once.state


@given(st.lists(events, max_size=25), call_ids)
def test_the_end_of_another_call_does_not_touch_the_seat(happened: list[SeatEvent], other: str) -> None:
    seat = after(*happened)
    if seat.call != other:
        ends = (NoAnswer, Rejected, Unreachable, Withdrawn, TalkEnded, WrapUpOver)
        for event in (*ends, ConsultBegan, ConsultEnded, TalkLost):
            assert next(seat, event(other), 99.0) is seat


@given(st.lists(events, max_size=25))
def test_a_wrap_up_that_must_be_closed_ends_by_a_code_or_a_supervisor_only(happened: list[SeatEvent]) -> None:
    seat = after(*happened)
    if seat.must_close and seat.call is not None:
        for event in (WrapUpOver(seat.call), Done(), Done("  "), Pause("lunch"), Logout(), Login("web"), Resume()):
            assert next(seat, event, 99.0).state is SeatState.WRAP_UP
        for event in (Done("told"), Done(anyhow=True)):
            assert next(seat, event, 99.0).state is not SeatState.WRAP_UP


def test_a_new_seat_is_offline_and_says_why() -> None:
    assert (new_seat("801", 0).state, new_seat("801", 0).reason) == (SeatState.OFFLINE, Reason.NEVER_LOGGED_IN)


def test_a_whole_call() -> None:
    states = [
        logged_in().state,
        logged_in(Offered("a")).state,
        logged_in(Offered("a"), Answered("a")).state,
        logged_in(Offered("a"), Answered("a"), TalkEnded("a")).state,
        logged_in(Offered("a"), Answered("a"), TalkEnded("a"), Done()).state,
    ]
    assert [state.value for state in states] == ["idle", "ringing", "talking", "wrap_up", "idle"]


def test_a_missed_offer_sets_the_seat_aside_until_the_person_is_back() -> None:
    missed = logged_in(Offered("a"), NoAnswer("a"))
    assert (missed.state, missed.reason) == (SeatState.SET_ASIDE, Reason.NO_ANSWER)
    assert after(DeviceLost(), DeviceBack(), seat=missed).state is SeatState.SET_ASIDE
    assert after(Resume(), seat=missed).state is SeatState.IDLE


def test_a_refused_offer_sets_the_seat_aside() -> None:
    assert logged_in(Offered("a"), Rejected("a")).reason == Reason.REJECTED


def test_a_phone_that_could_not_be_rung_comes_back_by_itself_when_it_registers() -> None:
    away = logged_in(Offered("a"), Unreachable("a"))
    assert (away.state, away.reason) == (SeatState.SET_ASIDE, Reason.UNREACHABLE)
    assert after(DeviceLost(), DeviceBack(), seat=away).state is SeatState.IDLE


def test_an_offer_taken_back_costs_the_seat_no_turn() -> None:
    seat = logged_in(Offered("a"), Withdrawn("a"))
    assert (seat.state, seat.idle_since) == (SeatState.IDLE, 1.0)


def test_after_a_talk_the_seat_queues_up_for_its_next_turn() -> None:
    assert logged_in(Offered("a"), Answered("a"), TalkEnded("a"), Done()).idle_since == 5.0


def test_a_pause_asked_for_while_talking_begins_after_the_wrap_up() -> None:
    talking = logged_in(Offered("a"), Answered("a"), Pause("lunch"))
    assert talking.state is SeatState.TALKING
    wrapping = after(TalkEnded("a"), seat=talking)
    assert wrapping.state is SeatState.WRAP_UP
    paused = after(WrapUpOver("a"), seat=wrapping)
    assert (paused.state, paused.reason) == (SeatState.PAUSED, "lunch")


def test_a_promised_pause_can_be_taken_back() -> None:
    seat = logged_in(Offered("a"), Answered("a"), Pause("lunch"), Resume(), TalkEnded("a"), Done())
    assert seat.state is SeatState.IDLE


def test_a_pause_in_the_wrap_up_begins_at_once_or_after_it_as_asked() -> None:
    wrapping = logged_in(Offered("a"), Answered("a"), TalkEnded("a"))
    assert after(Pause("tea"), seat=wrapping).state is SeatState.PAUSED
    assert after(Pause("tea", after_call=True), seat=wrapping).state is SeatState.WRAP_UP
    assert after(Pause("tea", after_call=True), Done(), seat=wrapping).reason == "tea"


def test_a_pause_without_a_reason_says_so() -> None:
    assert logged_in(Pause("  ")).reason == Reason.UNSPECIFIED


def test_a_seat_that_leaves_during_a_call_finishes_it_first() -> None:
    leaving = logged_in(Offered("a"), Answered("a"), Logout())
    assert leaving.state is SeatState.TALKING
    assert after(TalkEnded("a"), WrapUpOver("a"), seat=leaving).state is SeatState.OFFLINE


def test_a_late_wrap_up_timer_does_not_end_the_next_wrap_up() -> None:
    second = logged_in(Offered("a"), Answered("a"), TalkEnded("a"), Done(), Offered("b"), Answered("b"), TalkEnded("b"))
    assert next(second, WrapUpOver("a"), 9.0) is second


def test_a_lost_phone_takes_an_idle_seat_out_and_brings_it_back() -> None:
    lost = logged_in(DeviceLost())
    assert (lost.state, lost.reason) == (SeatState.SET_ASIDE, Reason.DEVICE_LOST)
    assert after(Resume(), seat=lost).state is SeatState.SET_ASIDE
    assert after(DeviceBack(), seat=lost).state is SeatState.IDLE


def test_a_phone_lost_in_a_talk_does_not_end_the_talk_but_takes_the_seat_out_after_it() -> None:
    talking = logged_in(Offered("a"), Answered("a"), DeviceLost())
    assert talking.state is SeatState.TALKING
    assert after(TalkEnded("a"), Done(), seat=talking).reason == Reason.DEVICE_LOST


def test_a_phone_in_another_call_gets_no_offer() -> None:
    busy = logged_in(BusyElsewhere())
    assert (busy.state, busy.reason) == (SeatState.SET_ASIDE, Reason.BUSY_ELSEWHERE)
    assert after(FreeElsewhere(), seat=busy).state is SeatState.IDLE


def test_logging_in_with_a_phone_that_is_not_there_makes_no_idle_seat() -> None:
    seat = after(Login("web", device_gone=True))
    assert (seat.state, seat.reason, seat.device) == (SeatState.SET_ASIDE, Reason.DEVICE_LOST, "web")


def test_logging_in_again_changes_the_phone_but_keeps_the_turn() -> None:
    seat = logged_in(Login("web"))
    assert (seat.device, seat.idle_since) == ("web", 1.0)


def test_the_pbx_is_believed_when_it_says_the_seat_talks() -> None:
    found = logged_in(Pause("lunch"), Answered("a"))
    assert (found.state, found.call) == (SeatState.TALKING, "a")
    assert after(TalkEnded("a"), Done(), seat=found).reason == "lunch"
    assert after(TalkEnded("a"), Done(), seat=after(Answered("a"))).state is SeatState.OFFLINE


def test_a_second_offer_does_not_reach_a_ringing_seat() -> None:
    ringing = logged_in(Offered("a"))
    assert next(ringing, Offered("b"), 9.0) is ringing


def test_a_talk_whose_beginning_was_missed_still_ends_in_wrap_up() -> None:
    assert logged_in(Offered("a"), TalkEnded("a")).state is SeatState.WRAP_UP


def test_a_seat_in_wrap_up_is_not_offerable() -> None:
    assert not is_offerable(replace(logged_in(), state=SeatState.WRAP_UP))


def talking(*happened: SeatEvent) -> Seat:
    return logged_in(Offered("a"), Answered("a"), *happened)


def test_a_seat_consults_and_comes_back() -> None:
    consulting = talking(ConsultBegan("a"))
    assert (consulting.state, consulting.call) == (SeatState.CONSULTING, "a")
    assert not is_offerable(consulting)
    assert after(ConsultEnded("a"), seat=consulting).reason == Reason.CALL
    assert after(TalkEnded("a"), seat=consulting).state is SeatState.WRAP_UP


def test_a_pause_asked_for_in_a_consult_begins_after_the_call() -> None:
    assert after(Pause("lunch"), seat=talking(ConsultBegan("a"))).pause_after == "lunch"
    assert talking(ConsultBegan("a"), Pause("lunch"), TalkEnded("a"), Done()).reason == "lunch"


def test_a_wrap_up_that_must_be_closed_keeps_a_pause_and_a_leaving_for_after_it() -> None:
    open_ = talking(TalkEnded("a", must_close=True))
    assert after(Pause("lunch"), Done("told"), seat=open_).reason == "lunch"
    assert after(Logout(), Done("told"), seat=open_).state is SeatState.OFFLINE
    free = after(Done("told"), seat=open_)
    assert not free.must_close, "else a free seat could neither pause nor leave"
    assert after(Pause("lunch"), seat=free).state is SeatState.PAUSED


def test_a_lost_leg_keeps_the_seat_for_its_caller_until_it_is_back() -> None:
    lost = talking(TalkLost("a"))
    assert (lost.state, lost.reason, lost.call) == (SeatState.TALKING, Reason.RESTORING, "a")
    back = after(Answered("a"), seat=lost)
    assert (back.state, back.reason) == (SeatState.TALKING, Reason.CALL)


def test_a_lost_leg_that_was_first_taken_for_a_hang_up_is_still_waited_for() -> None:
    assert talking(TalkEnded("a", must_close=True), TalkLost("a")).reason == Reason.RESTORING
    assert talking(TalkEnded("a"), Done(), TalkLost("a")).state is SeatState.IDLE


def test_a_seat_that_does_not_come_back_wraps_up() -> None:
    assert talking(TalkLost("a"), TalkEnded("a")).state is SeatState.WRAP_UP
    assert talking(DeviceLost(), TalkLost("a"), TalkEnded("a"), WrapUpOver("a")).reason == Reason.DEVICE_LOST
