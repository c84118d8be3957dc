"""Free ports for a test's own servers.

In: `TEST_PORTS` of the environment, as "17000-20000": the ports of this test run alone; `./hotline test` gives each of
its concurrent groups such a range. Without it, the search begins where the process id says.
Out: port numbers that nothing listened on a moment ago, below the range from which the kernel takes ports for outgoing
connections (32768 up), and that no earlier call of this process was given until the range has been gone through: a PBX
that is up has media ports that nothing listens on yet. Never: keeps them reserved against other programs.
"""

from __future__ import annotations

import os
import socket

LOWEST, HIGHEST = 14000, 32000
NAMED = ("SIP", "WS", "WSS", "AMI", "AGI", "CONSOLE")


class _Range:
    """Goes through a range once and again from its start."""

    def __init__(self, lowest: int, highest: int, first: int) -> None:
        self._lowest, self._highest, self._next = lowest, highest, first

    def take(self, size: int) -> int:
        first, free = _even(self._next), 0
        for _ in range(self._highest - self._lowest + size):
            if first + size > self._highest:
                first, free = _even(self._lowest), 0
            if _is_free(first + free):
                free += 1
            else:
                first, free = _even(first + free + 1), 0
            if free == size:
                self._next = first + size
                return first
        raise RuntimeError(f"no {size} free ports in a row between {self._lowest} and {self._highest}")


def _even(port: int) -> int:
    return port + port % 2


def _of_environment() -> _Range:
    given = os.environ.get("TEST_PORTS")
    if given:
        lowest, highest = map(int, given.split("-"))
        return _Range(lowest, highest, lowest)
    return _Range(LOWEST, HIGHEST, LOWEST + os.getpid() * 37 % (HIGHEST - LOWEST))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


_range = _of_environment()


def free_block(size: int) -> int:
    """The first of `size` consecutive free ports (UDP and TCP), even as RTP wants. Raises RuntimeError if none."""
    return _range.take(size)


def installation_ports(media: int) -> dict[str, str]:
    """The ports' settings (`HOTLINE_*`) of one installation with `media` ports for sound."""
    first = free_block(len(NAMED) + media)
    named = {f"HOTLINE_{name}_PORT": str(first + index) for index, name in enumerate(NAMED)}
    rtp = first + len(NAMED)
    return named | {"HOTLINE_RTP_START": str(rtp), "HOTLINE_RTP_END": str(rtp + media - 1)}
