"""Files that a browser sends as the body of a request: read piece by piece, bounded in size and time.

In: a request. Out: its bytes, or a problem. Never: more than the limit in memory, whatever the client announces.
"""

from __future__ import annotations

import asyncio
import unicodedata

from aiohttp import web

from console.problems import ProblemError

READ_S = 60.0
PIECE = 64 * 1024
NAME_MAX = 120


async def read_upload(request: web.Request, limit: int, media_types: tuple[str, ...]) -> bytes:
    """The whole body. Raises ProblemError wrong-type, too-large, bad-request (nothing sent, or too slowly)."""
    if request.content_type not in media_types:
        raise ProblemError("wrong-type", f"请以 {media_types[0]} 上传文件")
    if request.content_length is not None and request.content_length > limit:
        raise ProblemError("too-large", f"文件超过 {limit // 1024 // 1024} MB")
    data = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for piece in request.content.iter_chunked(PIECE):
                data += piece
                if len(data) > limit:
                    raise ProblemError("too-large", f"文件超过 {limit // 1024 // 1024} MB")
    except TimeoutError:
        raise ProblemError("bad-request", "上传用时过长") from None
    if not data:
        raise ProblemError("bad-request", "没有收到文件")
    return bytes(data)


def plain_name(name: str) -> str:
    """A file's name for people to read: no folders, no control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return shown.strip()[-NAME_MAX:] or "未命名"
