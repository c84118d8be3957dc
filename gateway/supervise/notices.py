"""Words of a supervisor to seats: shown at once, and again to a page that is opened a little later.

In: a text, whom for. Out: notices of the last hour. Never: more than a board full. `kept` and `restore` carry
them over a restart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.errors import CallerFaultError
from gateway.live import iso

KEPT = 100
FOR_S = 3600.0
TEXT_MAX = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """`seats` empty: for everybody."""

    id: str
    at: float
    by: str
    text: str
    seats: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "at": iso(self.at), "by": self.by, "text": self.text, "seats": list(self.seats)}


class Notices:
    """The board of notices; `on_notice` is called for each new one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: deque[Notice] = deque(maxlen=KEPT)
        self._count = 0
        self.on_notice: Callable[[Notice], None] = lambda _notice: None

    def send(self, text: str, seats: Sequence[str], by: str) -> Notice:
        """Raises CallerFaultError for a text that is empty or too long."""
        words = " ".join(text.split())
        if not 0 < len(words) <= TEXT_MAX:
            raise CallerFaultError(f"消息须为 1 至 {TEXT_MAX} 个字")
        self._count += 1
        now = self._clock()
        notice = Notice(f"n{now:.3f}-{self._count}", now, by, words, tuple(dict.fromkeys(seats)))
        self._kept.append(notice)
        self.on_notice(notice)
        return notice

    def kept(self) -> list[dict[str, Any]]:
        since = self._clock() - FOR_S
        return [asdict(notice) for notice in self._kept if notice.at >= since]

    def restore(self, saved: Any) -> None:
        """What `kept` said before a restart; anything else is passed over."""
        for row in saved if isinstance(saved, list) else ():
            try:
                seats = tuple(map(str, row["seats"]))
                self._kept.append(Notice(str(row["id"]), float(row["at"]), str(row["by"]), str(row["text"]), seats))
            except (KeyError, TypeError, ValueError):
                continue

    def recent(self) -> list[dict[str, Any]]:
        """Of the last hour, oldest first."""
        since = self._clock() - FOR_S
        return [notice.as_json() for notice in self._kept if notice.at >= since]
