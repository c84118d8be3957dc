"""Sessions seen a moment ago: spares the store one read per request, and keeps seats at work while it is away.

In: a token's hash and what the store said. Out: the same for a while. Never: the token itself, or a session past its
end.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.access import Viewer

FRESH_FOR = timedelta(seconds=5)  # a user switched off is out within this
STALE_FOR = timedelta(minutes=15)  # ... or within this while the store cannot be asked
REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Present:
    """The session behind a request."""

    viewer: Viewer
    csrf: str
    expires_at: datetime
    must_change: bool

    def csrf_matches(self, given: str | None) -> bool:
        return hmac.compare_digest(self.csrf.encode(), (given or "").encode("utf-8", "replace"))


class KnownSessions:
    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Present, datetime]] = OrderedDict()

    @staticmethod
    def _key(token: str) -> str:
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

    def find(self, token: str, now: datetime, *, stale: bool = False) -> Present | None:
        """What the store said at most FRESH_FOR ago (STALE_FOR when `stale`)."""
        found = self._known.get(self._key(token))
        if found is None or found[0].expires_at <= now:
            return None
        return found[0] if now - found[1] <= (STALE_FOR if stale else FRESH_FOR) else None

    def keep(self, token: str, present: Present, now: datetime) -> None:
        self._known[self._key(token)] = (present, now)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def forget(self, token: str) -> None:
        self._known.pop(self._key(token), None)

    def forget_user(self, user: str) -> None:
        for key in [key for key, (present, _at) in self._known.items() if present.viewer.user == user]:
            del self._known[key]
