"""Playing a call's recording: for overseers, the office (which says what for) and the seats that talked in it.

In: a linkedid. Out: the audio, with Range; every request is in the audit. Never: a path that came from a client, or a
file outside the recordings folder.
"""

from __future__ import annotations

import asyncio
from http import HTTPMethod
from pathlib import Path

from aiohttp import web
from pydantic import Field

from console.access import DESK, STAFF, may_hear, says_why
from console.call_shapes import may_hear_consult
from console.calls_api import ID, find_call, seats_talking
from console.operations import Ask, Body, Operation
from console.problems import ProblemError
from gateway.store import Recording, RecordingState, log_audit

_TYPES = {".wav": "audio/wav", ".wav16": "audio/wav", ".flac": "audio/flac", ".opus": "audio/ogg"}


class PlayQuery(Body):
    """`why`: what it is played for, where the viewer has to say so."""

    why: str = Field(default="", max_length=200)


def locate(folder: Path, relative: str) -> Path | None:
    """The file of a stored relative path, or None when it is not a regular file inside the folder."""
    root = folder.resolve()
    try:
        path = (root / relative).resolve(strict=True)
    except (OSError, ValueError):
        return None
    return path if path.is_relative_to(root) and path.is_file() else None


def playable(recording: Recording | None) -> Recording:
    """Raises ProblemError for none, and for one that is not checked yet or is not there."""
    if recording is None:
        raise ProblemError("not-found", "此通话没有录音")
    if recording.state in (RecordingState.PENDING, RecordingState.MISSING):
        why = {"pending": "录音正在核验，请稍后再试", "missing": f"录音缺失：{recording.reason}"}[recording.state.value]
        raise ProblemError("not-found", why)
    return recording


def reason_given(ask: Ask) -> str:
    """What it is played for. Raises ProblemError for nothing said."""
    why = ask.query_as(PlayQuery).why
    if len(why) < 2:
        raise ProblemError("bad-request", "请先填写收听原因，原因会与收听记录一并留存")
    return why


async def recording(ask: Ask) -> web.StreamResponse:
    found = await find_call(ask)
    talked = seats_talking(found)
    if not may_hear(ask.viewer, talked):
        raise ProblemError("forbidden", "只有接听过此电话的坐席、班长和热线办可以听录音")
    why = {"why": reason_given(ask)} if says_why(ask.viewer, talked) else {}
    return await play(ask, f"call:{found.call.linkedid}", playable(found.recording), **why)


async def consult(ask: Ask) -> web.StreamResponse:
    """A private talk without the caller: for overseers and the two who were in it."""
    found, part = await find_call(ask), int(ask.request.match_info["part"])
    chosen = next((one for one in found.consults if one.part == part), None)
    if chosen is not None and not may_hear_consult(found, chosen, ask.viewer):
        raise ProblemError("forbidden", "只有参与这段咨询的坐席和班长可以听录音")
    return await play(ask, f"call:{found.call.linkedid}", playable(chosen))


async def play(ask: Ask, subject: str, recording: Recording, **detail: str) -> web.StreamResponse:
    """The audio, when the audit has it that it was asked for."""
    path = await asyncio.to_thread(locate, ask.deps.config.recordings_dir, recording.path)
    if path is None:
        raise ProblemError("not-found", "录音文件不在存放位置")
    async with ask.deps.store.session() as session:
        await log_audit(
            session,
            ask.viewer.user,
            "recording.played",
            subject,
            at=ask.deps.clock(),
            ip=ask.request.remote or "",
            detail={"range": ask.request.headers.get("Range", "")[:100], "part": recording.part, **detail},
        )
    return web.FileResponse(path, headers={"Content-Type": _TYPES.get(path.suffix, "application/octet-stream")})


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        f"/api/v1/calls/{ID}/recording",
        "The recording (Range allowed, audited)",
        recording,
        DESK,
        "calls",
        query=PlayQuery,
        content_type="audio/wav",
    ),
    Operation(
        HTTPMethod.GET,
        f"/api/v1/calls/{ID}/consults/{{part:[1-9][0-9]{{0,3}}}}",
        "The recording of a private talk (Range allowed, audited)",
        consult,
        STAFF,
        "calls",
        content_type="audio/wav",
    ),
)
