"""What a person watching `up` sees: one line for each step, with the seconds it took.

In: lines. Out: standard error, so that `--json` on standard output stays clean. Never: a secret.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Say = Callable[[str], None]


def say(line: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"  {line}\n")
    sys.stderr.flush()


def quiet(_line: str) -> None:
    """For tests and `--json`."""


@contextmanager
def step(tell: Say, name: str) -> Iterator[None]:
    """Tell what was done when it took long enough to wonder about."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    if took >= 0.5:
        tell(f"{name}: {took:.1f} s")
