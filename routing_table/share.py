"""Which calls of a share go to the shared seats already: decided by the caller, so that the same one meets the same.

In: the caller, the call's key. Out: a number from 0 to 99 that stays. Never: chance.
"""

from __future__ import annotations

from hashlib import blake2b

from .model import Arrival
from .numbers import Caller


def bucket(caller: Caller, arrival: Arrival) -> int:
    """0 … 99, evenly; by the caller's number, for a hidden one by the call's key."""
    return bucket_of(caller.number or arrival.key)


def bucket_of(identity: str) -> int:
    """The same on every machine and in every process (Python's own hash is not)."""
    return int.from_bytes(blake2b(identity.encode("utf-8", "replace"), digest_size=4).digest()) % 100
