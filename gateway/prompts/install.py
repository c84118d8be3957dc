"""Puts what Asterisk plays into `state/sounds`: the repository's sounds, and over them what people have recorded.

In: the configuration; recordings in `state/sounds/uploads/<prompt id>.wav`. Out: `state/sounds/zh/hl/<id>.wav`,
`state/sounds/moh/*.wav`, and a report. Never: lets a bad upload take a prompt's place, or leaves a half-written file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.config import Config
from gateway.prompts.level import polish
from gateway.prompts.manifest import SOUNDS_DIR, read_prompts, sound_file
from gateway.prompts.wav import MAX_BYTES, SoundError, read_wav, to_rate, write_wav
from ivr import BEEP, PromptText

MIN_S, MAX_S = 0.2, 60.0  # shorter is a click, longer is no prompt
REVISION = 1  # raise it when conversion changes: all uploads are converted again
_SENTENCE_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Refused:
    """An upload that is not used, and why; the synthetic prompt stays."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class InstallReport:
    """What is played now: prompts in all, ids in a person's voice, files written this time, uploads refused."""

    prompts: int
    uploads: tuple[str, ...]
    written: tuple[str, ...]
    refused: tuple[Refused, ...]


def install_sounds(config: Config, repository: Path = SOUNDS_DIR) -> InstallReport:
    """Bring `state/sounds` up to date. A file that is already right is not touched; a second run writes nothing."""
    place = _Place(config.state_dir / "sounds")
    prompts = read_prompts()
    uploads, refused = place.uploads(prompts)
    count = 0
    for prompt in prompts:
        source = sound_file(prompt, repository)
        data = uploads.get(prompt) or (source.read_bytes() if source.exists() else None)
        if data is not None:
            place.put(place.voice / f"{prompt}.wav", data)
            count += 1
    place.put(place.voice / f"{BEEP}.wav", sound_file(BEEP, SOUNDS_DIR).read_bytes())  # a tone is nobody's to record
    for source in sorted((repository / "moh").glob("*.wav")):
        place.put(place.music / source.name, source.read_bytes())
    place.remember(uploads)
    return InstallReport(count, tuple(sorted(uploads)), tuple(place.written), tuple(refused))


class _Place:
    """The runtime sounds folder. Converted uploads are remembered by hash, so that a start takes no time."""

    def __init__(self, root: Path) -> None:
        self.voice = root / "zh" / "hl"
        self.music = root / "moh"
        self.inbox = root / "uploads"
        self.memory = root / "uploads.json"
        self.written: list[str] = []
        self._hashes: dict[str, str] = {}
        for folder in (self.voice, self.music, self.inbox):
            folder.mkdir(parents=True, exist_ok=True)

    def uploads(self, prompts: Mapping[str, PromptText]) -> tuple[dict[str, bytes], list[Refused]]:
        """Usable uploads, ready to play, by prompt id; and the refused ones."""
        known = self._recall()
        usable: dict[str, bytes] = {}
        refused: list[Refused] = []
        for path in sorted(self.inbox.iterdir()):
            try:
                usable[path.stem] = self._upload(path, prompts, known)
            except (SoundError, OSError) as error:
                refused.append(Refused(path.name, str(error)))
        return usable, refused

    def _upload(self, path: Path, prompts: Mapping[str, PromptText], known: Mapping[str, str]) -> bytes:
        if path.suffix.lower() != ".wav":
            raise SoundError("only .wav files are read")
        if path.stem not in prompts:
            raise SoundError(f"there is no prompt {path.stem!r}: see ./hotline prompts list")
        if path.stat().st_size > MAX_BYTES:
            raise SoundError(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
        data = path.read_bytes()
        digest = hashlib.sha256(f"{REVISION}\n".encode() + data).hexdigest()
        installed = self.voice / path.name
        if known.get(path.stem) == digest and installed.exists():
            converted = installed.read_bytes()
        else:
            converted = convert_upload(data, prompts[path.stem])
        self._hashes[path.stem] = digest
        return converted

    def _recall(self) -> Mapping[str, str]:
        try:
            known: dict[str, str] = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known

    def remember(self, uploads: Mapping[str, bytes]) -> None:
        kept = {name: digest for name, digest in self._hashes.items() if name in uploads}
        self.put(self.memory, json.dumps(kept, indent=1, sort_keys=True).encode())

    def put(self, path: Path, data: bytes) -> None:
        """Write whole and at once: Asterisk may be opening the file this moment."""
        if path.exists() and path.read_bytes() == data:
            return
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
        self.written.append(path.name)


def convert_upload(data: bytes, prompt: PromptText) -> bytes:
    """A recording as the telephone plays it: 8 kHz, mono, 16 bit, trimmed, at the level of all prompts.

    Raises SoundError that says what is wrong: header, encoding, rate, length, silence.
    """
    sound = read_wav(data)
    if not MIN_S <= sound.seconds <= MAX_S:
        raise SoundError(f"it is {sound.seconds:.1f} s long; a prompt has {MIN_S:g} to {MAX_S:g} s")
    return write_wav(polish(to_rate(sound), pause_s=pause_after(prompt)))


def pause_after(prompt: PromptText) -> float:
    """Seconds of silence after a prompt: a sentence breathes before the next, a piece of one does not."""
    return {"。": _SENTENCE_PAUSE_S, "，": _SENTENCE_PAUSE_S / 2}.get(prompt.text[-1], 0.0)
