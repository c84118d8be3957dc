"""Files that belong to an order, below the state folder: what units and callers prove things with.

In: bytes, what they are said to be. Out: a row and a file; the bytes again. Never: a name from outside in a path, a
type that a browser would run, the same file twice in one order, a file served by a path.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError, RetryableError
from gateway.store import NotFoundError
from gateway.store.models import Evidence, WorkOrder
from workorder.events import Actor, ActorRole
from workorder.profile import Profile

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES = 50  # of one order
MAX_BY_CALLER = 10
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What each type begins with. None of them is anything that a browser runs.
TYPES: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "audio/wav": (b"RIFF",),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3"),
    "video/mp4": (b"\x00\x00\x00",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (_ZIP,),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (_ZIP,),
    "application/msword": (_OLE,),
    "application/vnd.ms-excel": (_OLE,),
}


OTHER, CALLERS = "other", "caller"
_KIND_WORDS = {OTHER: "其他材料", CALLERS: "诉求人材料", "": "其他材料"}


@dataclass(frozen=True, slots=True)
class Attached:
    """What comes with the bytes. `kind`: one of `kind_words`."""

    name: str
    kind: str
    media_type: str


def kind_words(profile: Profile) -> dict[str, str]:
    """What a file may be, in words: the material that the profile asks for, and what it does not speak of."""
    named = {item.id: item.text for item in profile.returns.evidence} if profile.returns else {}
    return {**named, **_KIND_WORDS}


def kind_of(kind: str, profile: Profile, by: Actor) -> str:
    """The kind to keep. A unit says which material of its profile's rule a file is, because the office judges the
    return by it; elsewhere a file without a kind is other material. Raises CallerFaultError."""
    words = kind_words(profile)
    asked = list(profile.returns.evidence) if profile.returns else []
    if kind and kind not in words:
        raise CallerFaultError("没有这种材料", place="kind", remedy=f"可选：{'、'.join(dict.fromkeys(words.values()))}")
    if not kind and asked and by.role is ActorRole.UNIT:
        listed = "、".join(item.text for item in asked)
        raise CallerFaultError(
            "请选择材料种类", place="kind", remedy=f"{asked[0].rule}要求：{listed}；都不是的选“{words[OTHER]}”"
        )
    return kind or OTHER


def check_file(data: bytes, media_type: str) -> None:
    """Raises CallerFaultError for a type that is not taken, or content that is not of its type."""
    begins = TYPES.get(media_type)
    if begins is None:
        raise CallerFaultError(
            "不支持此类文件", place="file", remedy="可上传 PDF、图片、录音、视频、Word 和 Excel 文件"
        )
    if len(data) > MAX_BYTES:
        raise CallerFaultError("文件过大", place="file")
    if not data.startswith(begins) or (media_type == "video/mp4" and data[4:8] != b"ftyp"):
        raise CallerFaultError("文件内容与类型不符", place="file")


async def attach(
    session: AsyncSession, folder: Path, row: WorkOrder, data: bytes, attached: Attached, by: Actor, at: datetime
) -> Evidence:
    """The file's row; of a file that the order has already, the row of that one. Raises CallerFaultError."""
    check_file(data, attached.media_type)
    digest = hashlib.sha256(data).hexdigest()
    mine = (Evidence.order_id == row.order_id, Evidence.by == by.id, Evidence.role == by.role.value)
    known = await session.scalar(select(Evidence).where(*mine, Evidence.sha256 == digest).limit(1))
    if known is not None:
        return known
    number = await session.scalar(select(func.count()).where(Evidence.order_id == row.order_id)) or 0
    own = await session.scalar(select(func.count()).where(*mine)) or 0
    if number >= MAX_FILES or (by.role.value == "caller" and own >= MAX_BY_CALLER):
        raise CallerFaultError("此工单的附件已达上限", place="file")
    relative = f"{at:%Y/%m}/{secrets.token_hex(16)}"
    try:
        await asyncio.to_thread(_write, folder / relative, data)
    except OSError as error:
        raise RetryableError(f"evidence cannot be written: {error.strerror}") from error
    item = Evidence(
        order_id=row.order_id,
        at=at,
        by=by.id,
        role=by.role.value,
        unit=by.unit or "",
        kind=attached.kind,
        name=attached.name,
        media_type=attached.media_type,
        size=len(data),
        sha256=digest,
        path=relative,
        cleared=False,
        cleared_by="",
    )
    session.add(item)
    await session.flush()
    return item


async def find_evidence(session: AsyncSession, order_id: str, number: int) -> Evidence:
    """Raises NotFoundError."""
    item = await session.get(Evidence, number) if 0 < number < 2**31 else None
    if item is None or item.order_id != order_id:
        raise NotFoundError("没有这个附件", place=str(number)[:20])
    return item


async def read(folder: Path, item: Evidence) -> bytes:
    """Raises NotFoundError when the file is gone or is not the one that was uploaded."""
    try:
        data = await asyncio.to_thread((folder / item.path).read_bytes)
    except OSError as error:
        raise NotFoundError("附件文件缺失", place=str(item.id)) from error
    if hashlib.sha256(data).hexdigest() != item.sha256:
        raise NotFoundError("附件文件已损坏", place=str(item.id))
    return data


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
