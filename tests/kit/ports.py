"""Free ports for a test's own servers.

Out: port numbers that nothing listened on a moment ago, below the range from which the kernel takes ports for outgoing
connections (32768 up). Never: keeps them reserved; two test runs draw from different places by their process id.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

LOWEST, HIGHEST = 14000, 32000


def _candidates(step: int) -> Iterator[int]:
    span = (HIGHEST - LOWEST) // step
    start = (os.getpid() * 37) % span
    for index in range(span):
        yield LOWEST + (start + index) % span * step


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_block(size: int) -> int:
    """The first of `size` consecutive free ports (UDP and TCP), even as RTP wants. Raises RuntimeError if none."""
    step = size + size % 2
    for first in _candidates(step):
        if all(_is_free(port) for port in range(first, first + size)):
            return first
    raise RuntimeError(f"no {size} free ports in a row between {LOWEST} and {HIGHEST}")
