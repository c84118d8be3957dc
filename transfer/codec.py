"""A call's state as one short word for a channel variable, so that a restarted gateway goes on where it was.

In: a state, or the word. Out: the other. The word is `index~phase~who~kind:ref~kind:ref…` of `[A-Za-z0-9%._~:-]`
and needs no quoting in AGI.
Never: a guess. A word that is not ours is `StateError`, and the call goes to the fallback.
"""

from urllib.parse import quote, unquote

from .model import LINE_STEPS, PLAYED_STEPS, SEAT_STEPS, Phase, State, StepKind, StepRef

MAX_CHARS = 1000  # an AGI command line is cut at 2048 bytes by Asterisk (res_agi.c)
_KINDS_OF_PHASE = {
    Phase.PLAYING: PLAYED_STEPS,
    Phase.CHOOSING: frozenset({StepKind.MENU}),
    Phase.WAITING: SEAT_STEPS,
    Phase.RINGING: SEAT_STEPS,
    Phase.CALLING: LINE_STEPS,
    Phase.TALKING: SEAT_STEPS | LINE_STEPS,
    Phase.NEW: frozenset(StepKind),
    Phase.DONE: frozenset(StepKind),
}


class StateError(ValueError):
    """The word is not a state of ours."""


def dump(state: State) -> str:
    """The word; ValueError when the route is too long for a channel variable (over 1000 characters)."""
    head = [str(state.index), state.phase.value, _safe(state.who)]
    word = "~".join(head + [f"{step.kind.value}:{_safe(step.ref)}" for step in state.steps])
    if len(word) > MAX_CHARS:
        raise ValueError(f"the route's state takes {len(word)} characters, {MAX_CHARS} are allowed")
    return word


def load(word: str) -> State:
    """The state; `StateError` with the reason when the word was cut, altered or never ours."""
    if len(word) > MAX_CHARS:
        raise StateError("too long")
    try:
        index, phase, who, *steps = word.split("~")
        state = State(tuple(_step(part) for part in steps), int(index), Phase(phase), unquote(who))
    except ValueError as error:
        raise StateError(f"not a state: {error}") from error
    if not 0 <= state.index < len(state.steps):
        raise StateError(f"step {state.index} of {len(state.steps)}")
    if state.step.kind not in _KINDS_OF_PHASE[state.phase]:
        raise StateError(f"{state.phase} at a {state.step.kind}")
    return state


def _step(part: str) -> StepRef:
    kind, colon, ref = part.partition(":")
    if not colon:
        raise ValueError("a step without a colon")
    return StepRef(StepKind(kind), unquote(ref))


def _safe(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")
