"""What keeps machines from filing and guessing, without an account, a picture or a tracking script.

In: moments, addresses. Out: a puzzle that costs a phone about a second (proof of work, as in Hashcash), its check; a
count of tries. Never: a puzzle taken twice, or a list without a bound. One console's memory: a second console counts
for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

BITS = 16  # 65,000 hashes on average: a second in a slow phone's browser
LASTS = timedelta(minutes=10)
REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Find a `nonce` so that SHA-256 of `puzzle:nonce` begins with `bits` zero bits. `puzzle` is opaque."""

    puzzle: str
    bits: int
    expires_at: datetime


class Puzzles:
    """Signed, so that nothing is kept of those that nobody solves."""

    def __init__(self, bits: int = BITS) -> None:
        self.bits = bits
        self._key = secrets.token_bytes(32)
        self._used: OrderedDict[str, None] = OrderedDict()

    def new(self, now: datetime) -> Puzzle:
        expires = now + LASTS
        text = f"{self.bits}.{int(expires.timestamp())}.{secrets.token_hex(8)}"
        return Puzzle(f"{text}.{self._sign(text)}", self.bits, expires)

    def solved(self, puzzle: str, nonce: str, now: datetime) -> bool:
        """Whether this is the solution of a puzzle of ours that is fresh and was not used; it is used now."""
        text, _, sign = puzzle.rpartition(".")
        if not puzzle.isascii() or not hmac.compare_digest(sign, self._sign(text)) or puzzle in self._used:
            return False
        bits, expires, _salt = text.split(".")
        if int(expires) < now.timestamp() or not has_zero_bits(f"{puzzle}:{nonce}", int(bits)):
            return False
        self._used[puzzle] = None
        while len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
        return True

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def has_zero_bits(text: str, bits: int) -> bool:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def solve(puzzle: str, bits: int) -> str:
    """What the page's script does; for programs and tests."""
    nonce = 0
    while not has_zero_bits(f"{puzzle}:{nonce}", bits):
        nonce += 1
    return str(nonce)


class Tries:
    """How often something was tried of late: so many in a span, then no more for a while."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, deque[datetime]] = OrderedDict()

    def allow(self, key: str, now: datetime, *, most: int, within: timedelta) -> bool:
        """Count one more, unless there were `most` of them `within` this time."""
        times = self._known.setdefault(key, deque())
        self._known.move_to_end(key)
        while times and now - times[0] > within:
            times.popleft()
        if len(times) >= most:
            return False
        times.append(now)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return True

    def forget(self, key: str) -> None:
        self._known.pop(key, None)
