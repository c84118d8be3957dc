"""Argon2id password hashes, made and checked in a thread (a check takes tens of milliseconds of CPU on purpose).

In: passwords. Out: hashes, yes or no. Never: keeps, logs or compares a password itself.
"""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.errors import CallerFaultError

SHORTEST = 10  # characters
LONGEST = 256  # a longer one would only buy an attacker CPU
_HASHER = PasswordHasher()  # argon2-cffi's defaults are RFC 9106's low-memory profile
_LIMIT = asyncio.Semaphore(2)  # each check takes 64 MB: a flood of sign-ins must not take the machine's memory
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


async def hash_password(password: str) -> str:
    """Raises CallerFaultError when the password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise CallerFaultError(f"密码长度须为 {SHORTEST} 至 {LONGEST} 个字符", place="password")
    async with _LIMIT:
        return await asyncio.to_thread(_HASHER.hash, password)


async def check_password(stored: str | None, password: str) -> bool:
    """Whether it fits. None (no such user) takes as long as a wrong password, so names cannot be found by timing."""
    if len(password) > LONGEST:
        return False
    async with _LIMIT:
        return await asyncio.to_thread(_check, stored, password)


def _check(stored: str | None, password: str) -> bool:
    try:
        _HASHER.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
