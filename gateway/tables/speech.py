"""A prompt spoken by the house's own voice on an admin's request, for texts that are in no list.

In: config, a prompt id, its Chinese text. Out: a `Recording`. Never: installs the speech model (300 MB) while a page
waits: `./hotline prompts build` does that once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.config import Config
from gateway.errors import CallerFaultError
from gateway.prompts.build import speak
from gateway.prompts.manifest import VOICE
from gateway.tables.recorded import Recording, check_prompt_id
from ivr import PromptText

TEXT_MAX = 300  # about a minute
NAME = "合成语音"


def installed_speaker(config: Config) -> tuple[Path, Path] | None:
    """Interpreter and voice file of the speech model, None while it is not installed."""
    home = config.state_dir / "prompts-venv"
    python, voice = home / "bin" / "python", home / f"{VOICE}.bin"
    return (python, voice) if python.exists() and voice.exists() and (home / "installed.sha256").exists() else None


async def speak_prompt(
    config: Config,
    prompt: str,
    text: str,
    find: Callable[[Config], tuple[Path, Path] | None] = installed_speaker,
) -> Recording:
    """Speak the text. Raises CallerFaultError (not installed, not readable aloud), RetryableError."""
    check_prompt_id(prompt)
    words = text.strip()
    if not 0 < len(words) <= TEXT_MAX or not words.isprintable():
        raise CallerFaultError(f"文本应为 1 至 {TEXT_MAX} 个字", place="text")
    speaker = await asyncio.to_thread(find, config)
    if speaker is None:
        raise CallerFaultError("尚未安装语音合成", place="voice", remedy="请管理员运行一次 ./hotline prompts build")
    return await asyncio.to_thread(_speak, speaker, PromptText(prompt, words))


def _speak(speaker: tuple[Path, Path], prompt: PromptText) -> Recording:
    for _, answer, data in speak(*speaker, [prompt]):
        if data is not None:
            return Recording(prompt.id, prompt.text, NAME, data)
        raise CallerFaultError(f"无法朗读这段文字：{answer['error']}", place="text", remedy="请改写后重试，或上传录音")
    raise CallerFaultError("语音合成没有给出声音", place="text")
