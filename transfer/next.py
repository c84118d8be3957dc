"""The come-back machine: `next(state, event) -> (state, effects)`, defined for every phase and event.

In: where a call is and what happened. Out: where it is then, and what to do. Never: an error; a dead end. A route
that would run out of steps without a person gets a last step "shared seats", where the caller waits for as long as
they like.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from .model import (
    LINE_STEPS,
    PLAYED_STEPS,
    SEAT_STEPS,
    Answered,
    CallerGone,
    DialEnded,
    DialStatus,
    Effect,
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
)

Outcome = tuple[State, tuple[Effect, ...]]

_LAST_RESORT = StepRef(StepKind.SHARED_SEATS)
_DELIBERATE_END = frozenset({StepKind.ANNOUNCEMENT, StepKind.MESSAGE, StepKind.HANGUP})
_WITH_PERSON = SEAT_STEPS | LINE_STEPS
_TALKED = HangUp(HangUpReason.TALK_ENDED)


def begin(steps: Sequence[StepRef]) -> State:
    """A call before its first step. `Started` sets it going.

    A chain that neither has shared seats behind every line and expert step nor ends by design gets shared seats added.
    """
    chain = _up_to_hangup(steps)
    if chain and chain[-1].kind in _DELIBERATE_END and not any(step.kind in _WITH_PERSON for step in chain):
        return State(chain)
    # "unit line, then announcement, hang up" would drop a caller who was promised a person: they wait instead
    while chain and chain[-1].kind in _DELIBERATE_END:
        chain = chain[:-1]
    if chain and chain[-1].kind is StepKind.SHARED_SEATS:
        return State(chain)
    return State((*chain, _LAST_RESORT))


def _up_to_hangup(steps: Sequence[StepRef]) -> tuple[StepRef, ...]:
    for index, step in enumerate(steps):
        if step.kind is StepKind.HANGUP:
            return tuple(steps[: index + 1])
    return tuple(steps)


def pending(state: State) -> tuple[Effect, ...]:
    """What the driver should be doing in this state: said again to a gateway that came back."""
    match state.phase:
        case Phase.NEW:
            return _enter(state, state.index)[1]
        case Phase.PLAYING:
            return (PlayPrompt(state.step.ref, state.index),)
        case Phase.CHOOSING | Phase.CALLING:
            return (TryStep(state.index),)
        case Phase.WAITING:
            return (WaitAgain(state.index),)
        case Phase.RINGING:
            return (RingSeat(state.who),)
        case Phase.TALKING | Phase.DONE:
            return ()
        case _:
            assert_never(state.phase)


def next(state: State, event: Event) -> Outcome:
    """The state after the event, and the effects, in order. An event that means nothing here changes nothing."""
    if state.phase is Phase.DONE:
        return state, ()
    match event:
        case CallerGone():
            return replace(state, phase=Phase.DONE, who=""), ()
        case Resumed():
            return _enter(state, state.index) if state.phase is Phase.NEW else (state, pending(state))
        case Started():
            return _enter(state, state.index) if state.phase is Phase.NEW else (state, ())
        case Played():
            return _played(state) if state.phase is Phase.PLAYING else (state, ())
        case MenuDone():
            return _enter(state, state.index + 1) if state.phase is Phase.CHOOSING else (state, ())
        case Offered() | OfferWithdrawn() | NoSeats():
            return _line(state, event)
        case Answered():
            return _answered(state, event)
        case DialEnded():
            return _dial_ended(state, event.status)
        case LeftAlone():
            return _left_alone(state)
        case Unreachable():
            return _not_taken(state)
        case _:
            assert_never(event)


def _enter(state: State, index: int) -> Outcome:
    """Begin the step at `index`; behind the last step there is always a person to wait for or a deliberate end."""
    if index >= len(state.steps):
        return _done(state, HangUpReason.ROUTE_ENDS)
    at = replace(state, index=index, who="")
    kind = at.step.kind
    if kind in PLAYED_STEPS:
        return replace(at, phase=Phase.PLAYING), (PlayPrompt(at.step.ref, index),)
    if kind is StepKind.HANGUP:
        return _done(at, HangUpReason.ROUTE_ENDS)
    phase = Phase.CHOOSING if kind is StepKind.MENU else Phase.CALLING if kind in LINE_STEPS else Phase.WAITING
    return replace(at, phase=phase), (TryStep(index),)


def _played(state: State) -> Outcome:
    after = state.index + 1
    follows = state.steps[after].kind if after < len(state.steps) else StepKind.HANGUP
    if state.step.kind in _DELIBERATE_END and follows is StepKind.HANGUP:
        return _done(state, HangUpReason.ANNOUNCED)
    return _enter(state, after)


def _line(state: State, event: Offered | OfferWithdrawn | NoSeats) -> Outcome:
    if isinstance(event, Offered):
        if state.phase is not Phase.WAITING:
            return state, ()
        return replace(state, phase=Phase.RINGING, who=event.seat), (RingSeat(event.seat),)
    if isinstance(event, OfferWithdrawn):
        return _wait_again(state, refused="") if state.phase is Phase.RINGING else (state, ())
    if state.phase is not Phase.WAITING:
        return state, ()
    return _next_person(state)


def _answered(state: State, event: Answered) -> Outcome:
    if state.phase not in (Phase.WAITING, Phase.RINGING, Phase.CALLING):
        return state, ()
    return replace(state, phase=Phase.TALKING, who=event.who or state.who), ()


def _dial_ended(state: State, status: DialStatus) -> Outcome:
    """Dial's end counts by the step it belongs to, whatever the phase: after a restart the offer may be forgotten."""
    if state.step.kind not in _WITH_PERSON or state.phase is Phase.NEW:
        return state, ()
    if status is DialStatus.ANSWER or state.phase is Phase.TALKING:
        return replace(state, phase=Phase.DONE), (_TALKED,)
    return _not_taken(state)


def _not_taken(state: State) -> Outcome:
    match state.phase:
        case Phase.CALLING:
            return _enter(state, state.index + 1)
        case Phase.RINGING | Phase.WAITING:
            return _wait_again(state, refused=state.who)
        case _:
            return state, ()


def _left_alone(state: State) -> Outcome:
    """Back into the line, the place kept; from a line's step on to where there are seats."""
    if state.phase not in (Phase.RINGING, Phase.CALLING, Phase.TALKING):
        return state, ()
    if state.step.kind in SEAT_STEPS:
        return _wait_again(state, refused="")
    return _next_person(state)


def _wait_again(state: State, refused: str) -> Outcome:
    return replace(state, phase=Phase.WAITING, who=""), (WaitAgain(state.index, refused),)


def _next_person(state: State) -> Outcome:
    """From a line nobody serves to the next step with a person; from the last such, wait here."""
    for index in range(state.index + 1, len(state.steps)):
        if state.steps[index].kind in _WITH_PERSON:
            return _enter(state, index)
    return _wait_again(state, refused="")


def _done(state: State, reason: HangUpReason) -> Outcome:
    return replace(state, phase=Phase.DONE, who=""), (HangUp(reason),)
