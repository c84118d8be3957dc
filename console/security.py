"""Headers that every response carries: strict content policy, no sniffing, no framing, no caching of the API.

In: a response about to be sent. Out: the same with headers. Never: `unsafe-inline` or `unsafe-eval`.
"""

from __future__ import annotations

import re

from aiohttp import web

_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}")


def content_policy(host: str, *, secure: bool) -> str:
    """`connect-src` names the own WebSocket origin too: not every browser counts it under 'self'."""
    socket = f" {'wss' if secure else 'ws'}://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self' blob:",
            f"connect-src 'self'{socket}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def is_secure(request: web.Request) -> bool:
    """TLS here or at a reverse proxy. Believing the header only ever makes things stricter."""
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: also reaches errors, static files and upgrades."""
    secure = is_secure(request)
    headers = response.headers
    headers["Content-Security-Policy"] = content_policy(request.host, secure=secure)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=(), payment=(), usb=()"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.path.startswith("/assets/") and response.status == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"  # names carry a hash of the content
    else:
        headers["Cache-Control"] = "no-store"
