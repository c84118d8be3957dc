"""What keeps machines from filing and guessing, without an account, a picture or a tracking script.

In: moments, a key that all consoles have. Out: a puzzle that costs a phone about a second (proof of work, as in
Hashcash), its check. Never: keeps anything; that a puzzle is taken once, and how often something is tried, is counted
in the store (`gateway.store.marks`), for all consoles together.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

BITS = 16  # 65,000 hashes on average: a second in a slow phone's browser
LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Find a `nonce` so that SHA-256 of `puzzle:nonce` begins with `bits` zero bits. `puzzle` is opaque."""

    puzzle: str
    bits: int
    expires_at: datetime


class Puzzles:
    """Signed, so that nothing is kept of those that nobody solves."""

    def __init__(self, bits: int = BITS, key: bytes = b"") -> None:
        """Without a `key` its puzzles are this console's own."""
        self.bits = bits
        self._key = key or secrets.token_bytes(32)

    def new(self, now: datetime) -> Puzzle:
        expires = now + LASTS
        text = f"{self.bits}.{int(expires.timestamp())}.{secrets.token_hex(8)}"
        return Puzzle(f"{text}.{self._sign(text)}", self.bits, expires)

    def solved(self, puzzle: str, nonce: str, now: datetime) -> bool:
        """Whether this is the solution of a puzzle of ours that is fresh."""
        text, _, sign = puzzle.rpartition(".")
        if not puzzle.isascii() or not hmac.compare_digest(sign, self._sign(text)):
            return False
        bits, expires, _salt = text.split(".")
        return int(expires) >= now.timestamp() and has_zero_bits(f"{puzzle}:{nonce}", int(bits))

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
