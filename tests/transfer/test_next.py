"""The come-back machine: total over phase x event, no caller ever without a way to a person."""

from hypothesis import given, settings
from hypothesis import strategies as st

from transfer import (
    Answered,
    CallerGone,
    DialEnded,
    DialStatus,
    Event,
    HangUp,
    HangUpReason,
    LeftAlone,
    MenuDone,
    NoSeats,
    Offered,
    OfferWithdrawn,
    Phase,
    Played,
    PlayPrompt,
    Resumed,
    RingSeat,
    Started,
    State,
    StepKind,
    StepRef,
    TryStep,
    Unreachable,
    WaitAgain,
    begin,
    dump,
    load,
    next,
    pending,
)

K = StepKind
refs = st.sampled_from(["", "12348", "transition", "a:b~c%d", "共享"])
chains = st.lists(st.builds(StepRef, st.sampled_from(StepKind), refs), max_size=6)
events: st.SearchStrategy[Event] = st.one_of(
    st.just(Started()),
    st.just(Resumed()),
    st.just(Played()),
    st.just(MenuDone()),
    st.just(LeftAlone()),
    st.builds(Offered, st.sampled_from(["801", "802"])),
    st.just(OfferWithdrawn()),
    st.builds(Answered, st.sampled_from(["", "801"])),
    st.builds(DialEnded, st.sampled_from(DialStatus)),
    st.just(Unreachable()),
    st.just(NoSeats()),
)
FAILED = [status for status in DialStatus if status is not DialStatus.ANSWER]
PERSON = {K.SHARED_SEATS, K.EXPERT_SEATS, K.UNIT_LINE, K.EMERGENCY}


def chain(*kinds: StepKind) -> State:
    return begin([StepRef(kind, "x") for kind in kinds])


def run(state: State, *happened: Event) -> tuple[State, list[object]]:
    done: list[object] = []
    for event in happened:
        state, effects = next(state, event)
        done += effects
    return state, done


@settings(max_examples=500)
@given(chains, st.lists(events, max_size=30))
def test_the_house_hangs_up_only_after_a_talk_or_a_deliberate_end(steps: list[StepRef], happened: list[Event]) -> None:
    state = begin(steps)
    talked = False
    for event in happened:
        was = state
        state, effects = next(state, event)
        talked = talked or isinstance(event, Answered) or event == DialEnded(DialStatus.ANSWER)
        for effect in effects:
            if isinstance(effect, HangUp):
                assert state.phase is Phase.DONE
                assert (
                    talked
                    if effect.reason is HangUpReason.TALK_ENDED
                    else not any(step.kind in PERSON for step in steps[: _first_hangup(steps)])
                )
        assert 0 <= state.index < len(state.steps)
        assert was.phase is not Phase.DONE or (state is was and effects == ())


def _first_hangup(steps: list[StepRef]) -> int:
    return [*(step.kind for step in steps), K.HANGUP].index(K.HANGUP)


@given(chains, st.lists(events, max_size=20))
def test_from_everywhere_failures_alone_lead_to_a_line_or_a_deliberate_end(
    steps: list[StepRef], happened: list[Event]
) -> None:
    state, _ = run(begin(steps), Started(), *happened)
    for _ in range(len(state.steps) + 1):
        if state.phase in (Phase.WAITING, Phase.DONE, Phase.TALKING):
            break
        state, _ = run(state, Played(), MenuDone(), DialEnded(DialStatus.CONGESTION), NoSeats())
    assert state.phase in (Phase.WAITING, Phase.DONE, Phase.TALKING)


@given(chains, st.lists(events, max_size=20))
def test_a_caller_on_the_line_always_has_something_going_on(steps: list[StepRef], happened: list[Event]) -> None:
    state, _ = run(begin(steps), *happened)
    if state.phase not in (Phase.DONE, Phase.TALKING):
        assert len(pending(state)) == 1


@given(chains, st.lists(events, max_size=20))
def test_a_restarted_gateway_goes_on_where_it_was(steps: list[StepRef], happened: list[Event]) -> None:
    state, _ = run(begin(steps), *happened)
    assert load(dump(state)) == state
    after, effects = next(state, Resumed())
    assert effects == pending(state)
    assert after == state or state.phase is Phase.NEW


@given(chains, st.lists(events, max_size=20))
def test_a_caller_who_hung_up_is_left_alone(steps: list[StepRef], happened: list[Event]) -> None:
    state, effects = run(run(begin(steps), *happened)[0], CallerGone(), *happened)
    assert state.phase is Phase.DONE and effects == []


@given(chains, st.lists(events, max_size=12), events)
def test_a_doubled_event_does_not_start_a_second_leg(steps: list[StepRef], happened: list[Event], event: Event) -> None:
    state, first = run(run(begin(steps), *happened)[0], event)
    _, second = run(state, event)
    if any(isinstance(effect, RingSeat) for effect in first) and isinstance(event, Offered):
        assert second == []


def test_a_unit_line_that_fails_in_any_way_leads_to_shared_seats() -> None:
    failures: list[Event] = [*(DialEnded(status) for status in FAILED), Unreachable()]
    for failed in failures:
        state, effects = run(chain(K.UNIT_LINE, K.SHARED_SEATS), Started(), failed)
        assert effects == [TryStep(0), TryStep(1)], failed
        assert state.phase is Phase.WAITING


def test_after_no_answer_from_a_seat_the_caller_keeps_the_place_in_line() -> None:
    for status in FAILED:
        state, effects = run(chain(K.SHARED_SEATS), Started(), Offered("801"), DialEnded(status))
        assert effects[1:] == [RingSeat("801"), WaitAgain(0, refused="801", keep_place=True)], status
        assert state == State(state.steps, 0, Phase.WAITING)


def test_a_finished_talk_ends_the_call() -> None:
    for kind in (K.SHARED_SEATS, K.EXPERT_SEATS, K.UNIT_LINE, K.EMERGENCY):
        state, effects = run(chain(kind, K.SHARED_SEATS), Started(), Answered("801"), DialEnded(DialStatus.ANSWER))
        assert effects[-1] == HangUp(HangUpReason.TALK_ENDED)
        assert state.phase is Phase.DONE


def test_a_talk_whose_answer_was_not_seen_counts_all_the_same() -> None:
    _, effects = run(chain(K.SHARED_SEATS), Started(), DialEnded(DialStatus.ANSWER))
    assert effects[-1] == HangUp(HangUpReason.TALK_ENDED)


def test_prompts_and_menu_lead_on_to_people() -> None:
    start = begin([StepRef(K.PROMPT, "transition"), StepRef(K.MENU, "day"), StepRef(K.SHARED_SEATS)])
    _, effects = run(start, Started(), Played(), MenuDone())
    assert effects == [PlayPrompt("transition", 0), TryStep(1), TryStep(2)]


def test_an_announcement_ends_the_call_by_design() -> None:
    for kinds in ((K.ANNOUNCEMENT, K.HANGUP), (K.ANNOUNCEMENT,)):
        _, effects = run(chain(*kinds), Started(), Played())
        assert effects == [PlayPrompt("x", 0), HangUp(HangUpReason.ANNOUNCED)]


def test_an_announcement_before_people_does_not_end_the_call() -> None:
    _, effects = run(chain(K.ANNOUNCEMENT, K.SHARED_SEATS), Started(), Played())
    assert effects[-1] == TryStep(1)


def test_a_route_that_forgot_the_people_gets_shared_seats() -> None:
    for kinds in ((), (K.PROMPT,), (K.UNIT_LINE,), (K.EMERGENCY,), (K.EXPERT_SEATS,), (K.UNIT_LINE, K.ANNOUNCEMENT)):
        assert chain(*kinds).steps[-1].kind is K.SHARED_SEATS, kinds
    assert begin([StepRef(K.UNIT_LINE, "x"), StepRef(K.HANGUP)]).steps[-1].kind is K.SHARED_SEATS


def test_an_emergency_line_that_does_not_answer_leads_to_shared_seats() -> None:
    _, effects = run(chain(K.EMERGENCY), Started(), DialEnded(DialStatus.CHANUNAVAIL))
    assert effects == [TryStep(0), TryStep(1)]


def test_expert_seats_nobody_staffs_lead_to_shared_seats() -> None:
    state, effects = run(chain(K.EXPERT_SEATS, K.SHARED_SEATS), Started(), NoSeats())
    assert effects == [TryStep(0), TryStep(1)] and state.index == 1


def test_with_no_seat_anywhere_the_caller_waits() -> None:
    state, effects = run(chain(K.SHARED_SEATS), Started(), NoSeats(), NoSeats())
    assert state.phase is Phase.WAITING
    assert effects[1:] == [WaitAgain(0), WaitAgain(0)]


def test_an_offer_taken_back_is_nobodys_fault() -> None:
    _, effects = run(chain(K.SHARED_SEATS), Started(), Offered("801"), OfferWithdrawn())
    assert effects[-1] == WaitAgain(0, refused="")


def test_an_end_of_dial_during_a_prompt_means_nothing() -> None:
    state = run(chain(K.PROMPT, K.SHARED_SEATS), Started())[0]
    assert next(state, DialEnded(DialStatus.BUSY)) == (state, ())


def test_every_word_asterisk_may_say_is_a_status() -> None:
    assert DialStatus.of(" answer ") is DialStatus.ANSWER
    assert DialStatus.of(None) is DialStatus.of("") is DialStatus.of("SOMETHING_NEW") is DialStatus.UNKNOWN


def test_a_caller_left_alone_on_hold_waits_again_and_nobody_is_refused_for_it() -> None:
    talked = run(chain(K.SHARED_SEATS), Started(), Offered("801"), Answered("801"))[0]
    state, effects = next(talked, LeftAlone())
    assert (state.phase, effects) == (Phase.WAITING, (WaitAgain(0, refused=""),))


def test_a_caller_left_alone_by_a_unit_goes_to_seats() -> None:
    talked = run(chain(K.UNIT_LINE, K.SHARED_SEATS), Started(), Answered(""))[0]
    state, effects = next(talked, LeftAlone())
    assert (state.index, effects) == (1, (TryStep(1),))


def test_nobody_is_left_alone_who_was_not_talking() -> None:
    waiting = run(chain(K.SHARED_SEATS), Started())[0]
    assert next(waiting, LeftAlone()) == (waiting, ())
