"""Prompts that people recorded: taken in over the API, kept in the store, brought to every node's sounds folder.

In: WAV bytes, who, when; the open store. Out: rows, files in `state/sounds`. Never: an upload that Asterisk could not
play, or a sound half written.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import Config
from gateway.errors import CallerFaultError, HotlineError
from gateway.prompts import SoundError, convert_upload, install_sounds, read_prompts
from gateway.prompts.manifest import sound_file
from gateway.prompts.wav import TELEPHONE_RATE, read_format
from gateway.store.audit import log_audit
from gateway.store.engine import Store
from gateway.store.models import PromptUpload
from gateway.store.tables import active_prompts, notify_published, prompt_audio, withdraw_prompt
from ivr import PromptText

log = logging.getLogger(__name__)

POLL_S = 3.0
_HEADER = 44  # bytes of a WAV header as `wav.write_wav` writes it
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID_MAX = 40


def check_prompt_id(prompt: str) -> str:
    """The id, if a file and a dialplan may carry it. Raises CallerFaultError."""
    if len(prompt) > _ID_MAX or not _ID.fullmatch(prompt):
        raise CallerFaultError("提示音编号只能由小写字母、数字和连字符组成，最长 40 个字符", place="prompt")
    return prompt


def seconds_of(wav: bytes) -> float:
    """Length of a converted recording (8 kHz, mono, 16 bit)."""
    form = read_format(wav)
    return round((len(wav) - _HEADER) / (TELEPHONE_RATE * form.channels * form.bits / 8), 2)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording ready to be kept: `data` as the telephone plays it, `text` what it says."""

    prompt: str
    text: str
    name: str
    data: bytes


async def make_recording(prompt: str, data: bytes, *, text: str, name: str) -> Recording:
    """Check and convert, which takes seconds: no transaction is open meanwhile. `text`: needed for a prompt that the
    house does not know yet.

    Raises SoundError (what is wrong with the file), CallerFaultError.
    """
    check_prompt_id(prompt)
    known = await asyncio.to_thread(read_prompts)
    words = known[prompt] if prompt in known else PromptText(prompt, text.strip())
    if not words.text:
        raise CallerFaultError("新的提示音需要写明录音内容", place="text")
    try:
        converted = await asyncio.to_thread(convert_upload, data, words)
    except SoundError as error:
        raise SoundError(str(error), place="file", remedy="请录成 8000 Hz 以上的 WAV（16 位）后重试") from error
    return Recording(prompt, text.strip() or words.text, name, converted)


async def keep_recording(
    session: AsyncSession, recording: Recording, *, by: str, at: datetime, ip: str = ""
) -> PromptUpload:
    """Store it in the place of an older one, and wake the nodes when this commits."""
    prompt = recording.prompt
    await withdraw_prompt(session, prompt)
    upload = PromptUpload(
        prompt=prompt,
        text=recording.text,
        at=at,
        by=by,
        name=recording.name,
        seconds=seconds_of(recording.data),
        sha256=hashlib.sha256(recording.data).hexdigest(),
        data=recording.data,
        active=True,
    )
    session.add(upload)
    await session.flush()
    await notify_published(session, f"prompt {prompt}")
    detail = {"name": upload.name, "seconds": upload.seconds, "sha256": upload.sha256}
    await log_audit(session, by, "prompt.uploaded", f"prompt:{prompt}", at=at, ip=ip, detail=detail)
    return upload


async def withdraw_recording(session: AsyncSession, prompt: str, *, by: str, at: datetime, ip: str = "") -> bool:
    """The house's own voice speaks again; whether there was a recording."""
    if not await withdraw_prompt(session, prompt):
        return False
    await notify_published(session, f"prompt {prompt}")
    await log_audit(session, by, "prompt.withdrawn", f"prompt:{prompt}", at=at, ip=ip)
    return True


# -- to the nodes --------------------------------------------------------------------------------------------------


async def bring_recordings(config: Config, store: Store, *, poll_s: float = POLL_S) -> None:
    """Keep this node's sounds at what the store says, until cancelled."""
    problem = ""
    while True:
        try:
            await bring_once(config, store)
            problem = ""
        except (HotlineError, OSError, ValueError) as error:
            if str(error) != problem:
                log.error("recorded prompts: %s", error)
            problem = str(error)
        await asyncio.sleep(poll_s)


async def bring_once(config: Config, store: Store) -> tuple[str, ...]:
    """The prompts whose sound changed here. Raises DatabaseAwayError, OSError."""
    async with store.reading() as session:
        wanted = {upload.prompt: upload.sha256 for upload in await active_prompts(session)}
    there = await asyncio.to_thread(_read_memory, config)
    changed = sorted(prompt for prompt in wanted.keys() | there.keys() if wanted.get(prompt) != there.get(prompt))
    if not changed:
        return ()
    audio: dict[str, bytes | None] = {}
    for prompt in changed:
        async with store.reading() as session:
            audio[prompt] = await prompt_audio(session, prompt) if prompt in wanted else None
    await asyncio.to_thread(_put, config, audio, wanted)
    log.info("recorded prompts changed: %s", ", ".join(changed))
    return tuple(changed)


def _memory(config: Config) -> Path:
    return config.state_dir / "sounds" / "from-store.json"


def _read_memory(config: Config) -> Mapping[str, str]:
    try:
        known: dict[str, str] = json.loads(_memory(config).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _put(config: Config, audio: Mapping[str, bytes | None], wanted: Mapping[str, str]) -> None:
    """Known prompts go through the inbox that `install_sounds` reads; new ones, which it would refuse, straight in."""
    known = read_prompts()
    sounds = config.state_dir / "sounds"
    for prompt, data in audio.items():
        target = sounds / "uploads" / f"{prompt}.wav" if prompt in known else sound_file(prompt, sounds)
        if data is None:
            target.unlink(missing_ok=True)
        else:
            _replace(target, data)
    install_sounds(config)
    _replace(_memory(config), json.dumps(dict(wanted), indent=1, sort_keys=True).encode())


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
