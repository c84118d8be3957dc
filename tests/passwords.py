"""Password hashes that cost nothing, for tests that log in by the hundred and ask nothing of the hashes.

Use: `from tests.passwords import cheap_hashes` in a conftest. That real ones are dear on purpose is tested in
`tests/store/test_people.py`, with the real hasher; so is what nobody's password costs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from gateway.store import passwords

__all__ = ["cheap_hashes"]


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2id as ever, with the smallest parameters there are."""
    real = passwords._HASHER
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._HASHER = real
