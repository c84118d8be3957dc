"""One `up` or `down` at a time on one installation.

In: config. Out: a held lock. Never: waits without saying so.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.config import Config
from gateway.house.progress import Say


@contextmanager
def alone(config: Config, say: Say) -> Iterator[None]:
    """Hold the installation's lock; the kernel gives it back however we end."""
    config.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (config.state_dir / "house.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another './hotline up' or 'down' is at work: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
