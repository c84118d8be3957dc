"""Real calls against a draft: who would have gone elsewhere.

In: two tables and past calls. Out: how many, and which ways they would have taken instead. Never: more than one
lookup for calls that must go the same way (same number, same slot of time), so that 100,000 calls take ≤ 2 s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from .lookup import lookup
from .model import Arrival, NotRouted, Route, StepKind, Table
from .numbers import normalise_caller
from .share import bucket
from .slots import Slots
from .vocabulary import LINKS

EXAMPLES = 5
NOWHERE = "none"
_SHARE_REASONS = frozenset({"share-shared", "share-unit"})  # lookup says so whenever it asked who calls
_HEARD = frozenset({StepKind.PROMPT, StepKind.MENU})


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call as it arrived. `at` is aware; `key` its linkedid."""

    dialled: str
    at: datetime
    caller: str | None = None
    diversions: tuple[str, ...] = ()
    trunk: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """`count` calls that went `from_` would go `to` (coded: see `way`).

    `number`: the hotline as the old table recognised it; where it did not, the dialled number.
    """

    number: str
    from_: str
    to: str
    count: int
    examples: tuple[str, ...] = ()  # keys of the first few


@dataclass(frozen=True, slots=True)
class Replay:
    """`moved`: other people or another end, most calls first. `heard`: the same people after other prompts or menus."""

    calls: int
    moved: tuple[Moved, ...] = ()
    heard: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the two tables say of one kind of call; None: the same. `by_caller`: of this caller's side of a share."""

    moved: tuple[str, str, str] | None = None
    heard: tuple[str, str, str] | None = None
    by_caller: bool = False


def replay(old: Table, new: Table, calls: Iterable[PastCall]) -> Replay:
    """Every call against both tables. Deterministic; never raises for what a wire can deliver."""
    slots = Slots((old, new))
    shares = sorted({row.shared_percent for table in (old, new) for row in table.rows if 0 < row.shared_percent < 100})
    known: dict[tuple[object, ...], _Verdict] = {}
    moved: Counter[tuple[str, str, str]] = Counter()
    heard: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], list[str]] = {}
    total = 0
    for call in calls:
        total += 1
        kind = (call.dialled, call.diversions, call.trunk, slots.of(call.at))
        verdict = known.get(kind)
        if verdict is None:
            verdict = known[kind] = _judge(old, new, call)
        if verdict.by_caller:
            side = (*kind, _share(old, call, shares))
            verdict = known.get(side) or known.setdefault(side, _judge(old, new, call))
        for told, counter in ((verdict.moved, moved), (verdict.heard, heard)):
            if told is not None:
                counter[told] += 1
                if call.key and len(examples.setdefault(told, [])) < EXAMPLES:
                    examples[told].append(call.key)
    return Replay(total, _listed(moved, examples), _listed(heard, examples))


def _share(table: Table, call: PastCall, shares: list[int]) -> int:
    """Between which two of the tables' percentages the caller stands."""
    caller = normalise_caller(call.caller, table.city.area_code)
    return bisect_right(shares, bucket(caller, _arrival(call)))


def _arrival(call: PastCall) -> Arrival:
    return Arrival(call.dialled, call.caller, call.diversions, call.trunk, call.key)


def _judge(old: Table, new: Table, call: PastCall) -> _Verdict:
    before, after = (lookup(table, _arrival(call), call.at) for table in (old, new))
    by_caller = any(reason.code in _SHARE_REASONS for answer in (before, after) for reason in answer.why)
    one, other = way(before), way(after)
    if one != other:
        return _Verdict(moved=(before.number, one, other), by_caller=by_caller)
    one, other = prompts(before), prompts(after)
    return _Verdict(heard=(before.number, one, other) if one != other else None, by_caller=by_caller)


def _listed(
    counter: Counter[tuple[str, str, str]], examples: dict[tuple[str, str, str], list[str]]
) -> tuple[Moved, ...]:
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Moved(*told, count, tuple(examples.get(told, ()))) for told, count in ranked)


def way(answer: Route | NotRouted) -> str:
    """Where a call goes, as one word: 'unit_line:unit-12348>shared_seats[12348]', 'announcement:cancelled', 'none'.

    Steps with a person or an end, in order; in brackets the skills and, when raised, the priority.
    """
    if isinstance(answer, NotRouted):
        return NOWHERE
    said = []
    for step in answer.steps:
        if step.kind in (StepKind.SHARED_SEATS, StepKind.EXPERT_SEATS):
            raised = f"!{step.priority}" if step.priority else ""
            said.append(f"{step.kind.value}[{'+'.join(step.skills)}{raised}]")
        elif step.kind not in (*_HEARD, StepKind.HANGUP):
            said.append(f"{step.kind.value}:{step.ref}" + ("+join" if step.join else ""))
    return ">".join(said)


def prompts(answer: Route | NotRouted) -> str:
    """What a caller hears on the way: 'prompt:greet-12345>menu:12345-day'."""
    if isinstance(answer, NotRouted):
        return ""
    return ">".join(f"{step.kind.value}:{step.ref}" for step in answer.steps if step.kind in _HEARD)


def say_way(way: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A way in Chinese: '单位线路unit-12348 → 共享坐席（技能12348）'. `names`: of prompts, menus, lines."""
    if way in (NOWHERE, ""):
        return "不接入" if way else "无"
    return " → ".join(_say_step(step, names) for step in way.split(">"))


def _say_step(step: str, names: Mapping[str, str]) -> str:
    kind, _, skills = step.partition("[")
    if skills:
        said, raised, priority = skills.rstrip("]").partition("!")
        known = "、".join("综合" if skill == "general" else skill for skill in said.split("+"))
        return f"{LINKS.get(kind, kind)}（技能{known}{'，优先级' + priority if raised else ''}）"
    name, _, ref = step.partition(":")
    join = ref.endswith("+join")
    label = {"prompt": "提示音", "menu": "菜单"}.get(name) or LINKS.get(name, name)
    ref = ref.removesuffix("+join")
    return f"{label}{names.get(ref, ref)}" + ("（三方）" if join else "")
