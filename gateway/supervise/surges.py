"""Many calls about one matter in a short time: noticed, shown, and given a text that seats can read out.

In: calls that come into the line. Out: surges, each with its count and calls; a supervisor adds a ready text and the
order that the others are merged into. Never: holds a call back. `kept` and `restore` carry over a restart the surges
with their texts, and what a matter's calls are compared with.

A matter is a hotline with what was chosen in its menu; one number that calls again and again is a surge of its own
kind. A busy hotline is not a surge: the last ten minutes are compared with the hour before, or with what of it this
gateway has seen; while that is next to nothing, more calls are wanted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from gateway.errors import CallerFaultError
from gateway.live import CallState, CallView, iso

MINUTE_S = 60.0
CALLS_KEPT = 200
KEYS_MAX = 20_000  # callers of an hour in the largest city seen
SEEN_MAX = 20_000
TEXT_MAX = 500


class Kind(StrEnum):
    MATTER = "matter"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class SurgeRules:
    """`window_min` minutes are looked at; `*_calls` in them are a surge when they are `factor` times what is usual."""

    window_min: int = 10
    before_min: int = 60
    matter_calls: int = 8
    caller_calls: int = 4
    factor: float = 3.0


@dataclass(frozen=True, slots=True)
class Surge:
    """One surge. `text`: what seats may say; `order`: the order that others are merged into."""

    id: str
    kind: Kind
    hotline: str
    choice: str
    caller: str
    count: int
    since: float
    last_at: float
    calls: tuple[str, ...]
    text: str = ""
    order: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind.value,
            "hotline": self.hotline,
            "choice": self.choice,
            "caller": self.caller,
            "count": self.count,
            "since": iso(self.since),
            "last_at": iso(self.last_at),
            "calls": list(self.calls),
            "text": self.text,
            "order_id": self.order,
        }


Key = tuple[Kind, str, str]


@dataclass(slots=True)
class _Counter:
    """Calls of one key by minute, newest last."""

    minutes: deque[tuple[int, int]] = field(default_factory=deque)
    calls: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))

    def add(self, at: float, call: str) -> None:
        minute = int(at // MINUTE_S)
        if self.minutes and self.minutes[-1][0] == minute:
            self.minutes[-1] = (minute, self.minutes[-1][1] + 1)
        else:
            self.minutes.append((minute, 1))
        self.calls.append((at, call))

    def between(self, first: int, last: int) -> int:
        return sum(count for minute, count in self.minutes if first <= minute <= last)

    def forget_before(self, minute: int) -> None:
        while self.minutes and self.minutes[0][0] < minute:
            self.minutes.popleft()


class Surges:
    """Counts and tells: `on_change(surge)` for a new or grown one, `on_over(id)` at its end."""

    def __init__(self, clock: Callable[[], float], rules: SurgeRules | None = None) -> None:
        self._clock = clock
        self._rules = rules or SurgeRules()
        self._counters: dict[Key, _Counter] = {}
        self._surges: dict[Key, Surge] = {}
        self._seen: dict[str, None] = {}
        self._count = 0
        self._first_at: float | None = None
        self.on_change: Callable[[Surge], None] = lambda _surge: None
        self.on_over: Callable[[str], None] = lambda _id: None
        self.on_noted: Callable[[], None] = lambda: None  # something was said that must not be forgotten

    def __iter__(self) -> Iterator[Surge]:
        return iter(tuple(self._surges.values()))

    def see(self, view: CallView) -> None:
        """A call's view has changed. It counts once, when it comes into the line: by then its matter is known."""
        if view.state is not CallState.WAITING or view.linkedid in self._seen:
            return
        self._seen[view.linkedid] = None
        while len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]
        now = self._clock()
        self._first_at = now if self._first_at is None else self._first_at
        hotline, choice = view.hotline.get("number", ""), view.choice or ""
        number = str(view.caller.get("number") or "")
        self._add((Kind.MATTER, hotline, choice), view.linkedid, now)
        if number:
            self._add((Kind.CALLER, number, ""), view.linkedid, now)

    def note(self, surge_id: str, text: str, order: str) -> Surge:
        """A supervisor's ready text and order. Raises CallerFaultError for a surge that is over."""
        found = next(((key, surge) for key, surge in self._surges.items() if surge.id == surge_id), None)
        if found is None:
            raise CallerFaultError("这次集中来电已经结束")
        if len(text) > TEXT_MAX:
            raise CallerFaultError(f"口径不能超过 {TEXT_MAX} 个字")
        key, surge = found
        self._surges[key] = replace(surge, text=text.strip(), order=order)
        self.on_noted()
        self.on_change(self._surges[key])
        return self._surges[key]

    def tick(self) -> None:
        """Once in a while: surges that have ebbed end, and what is too old is forgotten."""
        now = self._clock()
        minute, rules = int(now // MINUTE_S), self._rules
        for key, counter in list(self._counters.items()):
            counter.forget_before(minute - rules.window_min - rules.before_min)
            if key in self._surges and 2 * self._recent(counter, minute) < self._unusual(key, counter, minute):
                self.on_over(self._surges.pop(key).id)
            if not counter.minutes:
                del self._counters[key]

    def kept(self) -> dict[str, Any]:
        """The surges, and the counts by minute of every matter and of each caller who is a surge."""
        wanted = [key for key in self._counters if key[0] is Kind.MATTER or key in self._surges]
        counters = [
            [*key, list(self._counters[key].minutes), list(self._counters[key].calls) if key in self._surges else []]
            for key in wanted
        ]
        surges = [[*key, asdict(surge)] for key, surge in self._surges.items()]
        return {"first_at": self._first_at, "counters": counters, "surges": surges}

    def restore(self, saved: Any) -> None:
        """What `kept` said before a restart; of anything else nothing is taken. What has ebbed meanwhile ends."""
        try:
            counters = {
                (Kind(kind), str(what), str(choice)): _Counter(
                    deque((int(minute), int(count)) for minute, count in minutes),
                    deque(((float(at), str(call)) for at, call in calls), maxlen=CALLS_KEPT),
                )
                for kind, what, choice, minutes, calls in saved["counters"]
            }
            surges = {
                (Kind(kind), str(what), str(choice)): Surge(
                    **{**row, "kind": Kind(row["kind"]), "calls": tuple(map(str, row["calls"]))}
                )
                for kind, what, choice, row in saved["surges"]
            }
            first_at = None if saved["first_at"] is None else float(saved["first_at"])
        except (KeyError, TypeError, ValueError):
            return
        self._counters, self._first_at = counters, first_at
        self._surges = {key: surge for key, surge in surges.items() if key in counters}
        self._seen = {call: None for counter in counters.values() for _, call in counter.calls}
        self.tick()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _add(self, key: Key, call: str, now: float) -> None:
        if key not in self._counters and len(self._counters) >= KEYS_MAX:
            self.tick()
            if len(self._counters) >= KEYS_MAX:
                return
        counter = self._counters.setdefault(key, _Counter())
        counter.add(now, call)
        surge = self._judge(key, counter, now)
        if surge is not None:
            self._surges[key] = surge
            self.on_change(surge)

    def _judge(self, key: Key, counter: _Counter, now: float) -> Surge | None:
        minute, rules = int(now // MINUTE_S), self._rules
        count = self._recent(counter, minute)
        since = now - rules.window_min * MINUTE_S
        calls = tuple(call for at, call in counter.calls if at >= since)
        known = self._surges.get(key)
        if known is not None:
            return replace(known, count=count, last_at=now, calls=calls)
        if count < self._unusual(key, counter, minute):
            return None
        self._count += 1
        first = min((at for at, _ in counter.calls if at >= since), default=now)
        kind, what, choice = key
        hotline, caller = (what, "") if kind is Kind.MATTER else ("", what)
        return Surge(f"s{now:.0f}-{self._count}", kind, hotline, choice, caller, count, first, now, calls)

    def _recent(self, counter: _Counter, minute: int) -> int:
        return counter.between(minute - self._rules.window_min + 1, minute)

    def _unusual(self, key: Key, counter: _Counter, minute: int) -> float:
        """From how many calls on in the window it is a surge."""
        rules = self._rules
        if key[0] is Kind.CALLER:
            return rules.caller_calls
        first = minute if self._first_at is None else int(self._first_at // MINUTE_S)
        known_min = min(rules.before_min, minute - rules.window_min - first + 1)
        if known_min < rules.window_min:
            return rules.matter_calls * rules.factor
        before = counter.between(minute - rules.window_min - known_min + 1, minute - rules.window_min)
        return max(rules.matter_calls, rules.factor * before * rules.window_min / known_min)
