"""How often one address may ask: a bucket of tokens for each, the least recently seen forgotten.

In: a key, the time. Out: whether it may now, and if not, after how many seconds. Never: more than `REMEMBERED` buckets.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from aiohttp import web

REMEMBERED = 20_000


class Rate:
    """`burst` at once, then `per_minute`."""

    def __init__(self, per_minute: float, burst: int) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """0 when it may (and has); else the seconds after which it may. `now`: seconds of any steady clock."""
        tokens, seen = self._buckets.get(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + max(0.0, now - seen) * self._per_s)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._per_s


def client_address(request: web.Request) -> str:
    """Who asks. Behind our own proxy on this machine it is what the proxy says; a stranger's header is not believed.

    Of IPv6 the network of 64 bits: who has one has all of it.
    """
    address = request.remote or ""
    if _is_loopback(address) and (told := request.headers.get("X-Forwarded-For", "")):
        address = told.rsplit(",", 1)[-1].strip()
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
