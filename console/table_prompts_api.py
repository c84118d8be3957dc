"""Spoken prompts: which there are, what they say, who recorded them, which rows and menus play them; upload, listen.

In: WAV files. Out: lists, audio. Never: a sound that the telephone could not play; every node gets it from the store.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from http import HTTPMethod
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from console.operations import Ask, Body, Operation
from console.problems import ProblemError
from console.table_desk import BASE, EDIT, LOOK, TAG, DraftQuery, chosen_table, writing
from console.table_menus_api import playable
from console.table_shapes import PromptOut, Prompts
from console.uploads import plain_name, read_upload
from gateway.config import Config
from gateway.prompts import SoundError, read_prompts
from gateway.prompts.manifest import sound_file
from gateway.store.models import PromptUpload
from gateway.store.tables import active_prompts, find_draft, prompt_audio
from gateway.tables.recorded import keep_recording, make_recording, withdraw_recording
from gateway.tables.speech import TEXT_MAX, speak_prompt
from routing_table import Table

ID = "{id:[a-z0-9][a-z0-9-]{0,39}}"
TYPES = ("audio/wav", "audio/x-wav", "audio/wave", "application/octet-stream")
UPLOAD_MAX = 16 * 1024 * 1024  # a minute of 48 kHz stereo with 24 bits


class UploadQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=500)


class SpeechBody(Body):
    text: str = Field(min_length=1, max_length=TEXT_MAX)


@dataclass(frozen=True, slots=True)
class _Known:
    """What this node knows: texts of the prompt list, sounds by id with their seconds, the menus that play a prompt."""

    texts: dict[str, str]
    sounds: dict[str, float]
    menus: dict[str, list[str]]


def _known(config: Config, table: Table) -> _Known:
    menus: dict[str, list[str]] = {}
    for menu in playable(config, table).values():
        for prompt in dict.fromkeys(menu.prompts):
            menus.setdefault(prompt, []).append(menu.id)
    folders = (sound_file("x").parent, sound_file("x", config.state_dir / "sounds").parent)
    sounds = {path.stem: _seconds(path) for folder in folders for path in sorted(folder.glob("*.wav"))}
    return _Known({prompt.id: prompt.text for prompt in read_prompts().values()}, sounds, menus)


def _seconds(path: Path) -> float:
    """From the size: 8 kHz, 16 bit, mono, with a header of 44 bytes. Reading 200 files would take too long."""
    try:
        return round(max(path.stat().st_size - 44, 0) / 16000, 2)
    except OSError:
        return 0.0


async def prompts(ask: Ask) -> Prompts:
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=ask.query_as(DraftQuery).draft)
        uploads = {upload.prompt: upload for upload in await active_prompts(session)}
    known = await asyncio.to_thread(_known, ask.deps.config, table)
    used = table_used(table)
    names = sorted(known.texts.keys() | known.sounds.keys() | uploads.keys() | used.keys() | known.menus.keys())
    return Prompts(items=[_prompt_out(name, known, uploads.get(name), used.get(name, [])) for name in names])


def _prompt_out(name: str, known: _Known, upload: PromptUpload | None, rows: list[str]) -> PromptOut:
    text = known.texts.get(name, "")
    return PromptOut(
        id=name,
        text=upload.text or text if upload else text,
        source="person" if upload else "voice" if name in known.sounds else "missing",
        seconds=upload.seconds if upload else known.sounds.get(name),
        uploaded_by=upload.by if upload else None,
        uploaded_at=upload.at if upload else None,
        rows=rows,
        menus=known.menus.get(name, []),
    )


async def _one(ask: Ask, name: str) -> PromptOut:
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=await find_draft(session) is not None)
        upload = next((found for found in await active_prompts(session) if found.prompt == name), None)
    known = await asyncio.to_thread(_known, ask.deps.config, table)
    return _prompt_out(name, known, upload, table_used(table).get(name, []))


async def audio(ask: Ask) -> web.Response:
    """What callers hear: the recording in use, else the house's own voice."""
    name = ask.request.match_info["id"]
    async with ask.deps.store.reading() as session:
        data = await prompt_audio(session, name)
    if data is None:
        data = await asyncio.to_thread(_voice, ask.deps.config, name)
    if data is None:
        raise ProblemError("not-found", "这条提示音还没有录音")
    return web.Response(body=data, content_type="audio/wav")


def _voice(config: Config, name: str) -> bytes | None:
    """The name has passed the route's pattern: letters, digits and hyphens."""
    for path in (sound_file(name), sound_file(name, config.state_dir / "sounds")):
        if path.is_file():
            return path.read_bytes()
    return None


async def record(ask: Ask) -> PromptOut:
    """Replaces the recording in use; the older ones stay in the store."""
    query, name = ask.query_as(UploadQuery), ask.request.match_info["id"]
    data = await read_upload(ask.request, UPLOAD_MAX, TYPES)
    shown = plain_name(query.name) if query.name else ""
    try:
        async with ask.deps.heavy:
            made = await make_recording(name, data, text=query.text, name=shown)
    except SoundError as error:
        raise ProblemError("bad-request", f"录音不能使用：{error}") from error
    async with writing(ask) as session:
        await keep_recording(session, made, by=ask.viewer.user, at=ask.deps.clock(), ip=ask.request.remote or "")
    return await _one(ask, name)


async def synthesise(ask: Ask) -> PromptOut:
    """The house's own voice says the text; kept like a person's recording."""
    name = ask.request.match_info["id"]
    async with ask.deps.heavy:
        made = await speak_prompt(ask.deps.config, name, ask.body_as(SpeechBody).text)
    async with writing(ask) as session:
        await keep_recording(session, made, by=ask.viewer.user, at=ask.deps.clock(), ip=ask.request.remote or "")
    return await _one(ask, name)


async def withdraw(ask: Ask) -> None:
    name = ask.request.match_info["id"]
    async with writing(ask) as session:
        done = await withdraw_recording(
            session, name, by=ask.viewer.user, at=ask.deps.clock(), ip=ask.request.remote or ""
        )
    if not done:
        raise ProblemError("not-found", "这条提示音没有上传的录音")


def table_used(table: Table) -> dict[str, list[str]]:
    """Prompt id → keys of the rows that play it as their greeting or in their chain."""
    used: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        key = f"{row.number}@{row.valid_from.isoformat()}" if row.valid_from else row.number
        prompts = {row.greeting or f"greet-{row.number}"}
        prompts |= {link.ref for link in row.chain if link.kind.value in ("announcement", "message") and link.ref}
        for prompt in prompts:
            used[prompt].append(key)
    return used


PROMPT = f"{BASE}/prompts/{ID}/audio"
OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        f"{BASE}/prompts",
        "Every prompt, and what plays it",
        prompts,
        LOOK,
        TAG,
        query=DraftQuery,
        reply=Prompts,
    ),
    Operation(HTTPMethod.GET, PROMPT, "What callers hear", audio, LOOK, TAG, content_type="audio/wav"),
    Operation(
        HTTPMethod.PUT,
        PROMPT,
        "A person's recording",
        record,
        EDIT,
        TAG,
        query=UploadQuery,
        reply=PromptOut,
        upload="application/octet-stream",
    ),
    Operation(
        HTTPMethod.POST,
        f"{BASE}/prompts/{ID}/speech",
        "Spoken by the house's own voice",
        synthesise,
        EDIT,
        TAG,
        body=SpeechBody,
        reply=PromptOut,
    ),
    Operation(HTTPMethod.DELETE, PROMPT, "The house's own voice again", withdraw, EDIT, TAG),
)
