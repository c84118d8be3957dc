"""The outside calls of the last hour, for the caps of `transfer.outside` and `transfer.callout`.

In: each call as it is placed. Out: those of the last hour, also the ones that an earlier life of this gateway placed: a
restart gives no cap back (toll fraud). Never: more than `REMEMBERED`, or a number for longer than an hour.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from gateway.live import CITY_TIME
from transfer import Placed

REMEMBERED = 10_000
HOUR = timedelta(hours=1)


class PlacedCalls:
    """`on_change` is called after each new one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: deque[Placed] = deque(maxlen=REMEMBERED)
        self.on_change: Callable[[], None] = lambda: None

    def add(self, number: str, by: str) -> None:
        self._kept.append(Placed(number, by, self._now()))
        self.on_change()

    def recent(self) -> tuple[Placed, ...]:
        """Of the last hour, oldest first."""
        since = self._now() - HOUR
        while self._kept and self._kept[0].at <= since:
            self._kept.popleft()
        return tuple(self._kept)

    def as_json(self) -> list[dict[str, Any]]:
        return [{"number": one.number, "by": one.by, "at": one.at.timestamp()} for one in self.recent()]

    def restore(self, saved: Any) -> None:
        """What `as_json` said before the restart; anything else is passed over. A time to come counts as now."""
        now = self._now()
        for row in saved if isinstance(saved, list) else ():
            try:
                at = datetime.fromtimestamp(float(row["at"]), CITY_TIME)
                self._kept.append(Placed(str(row["number"]), str(row["by"]), min(at, now)))
            except (KeyError, TypeError, ValueError, OverflowError, OSError):
                continue

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), CITY_TIME)
