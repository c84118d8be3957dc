"""What lies in `asterisk_conf/sounds` and from which text it was made, so that only what changed is made again.

In: the prompt list, the manifest, the sound files. Out: which sounds are missing, stale, damaged or left over.
Never: makes a sound (that is `build`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from gateway.config import CHECKOUT
from gateway.prompts.wav import TELEPHONE_RATE, Format, SoundError, read_format
from ivr import BEEP, PromptText, load_prompts

SOUNDS_DIR = CHECKOUT / "asterisk_conf" / "sounds"
WORDS_FILE = Path(__file__).parent / "words.txt"
PROMPTS_FILE = CHECKOUT / "ivr" / "prompts.toml"
VOICE = "zf_xiaobei"
REVISION = 1  # raise it when reading, phonemes or levels change: every sound is made again

_WANTED = Format(1, 1, TELEPHONE_RATE, 16)


@dataclass(frozen=True, slots=True)
class Entry:
    """One sound: hash of the text it was made from, voice, length, hash of the file."""

    text_hash: str
    voice: str
    seconds: float
    sha256: str


class Fault(StrEnum):
    MISSING = "missing"  # listed, no sound
    STALE = "stale"  # made from another text, voice or revision
    DAMAGED = "damaged"  # not the file that was made, or not 8 kHz 16-bit mono
    LEFT_OVER = "left-over"  # a sound that no prompt names


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the sounds folder."""

    id: str
    fault: Fault
    detail: str


Manifest = Mapping[str, Entry]


def read_prompts(path: Path = PROMPTS_FILE) -> Mapping[str, PromptText]:
    """The prompt list of the repository. Raises ivr.PromptError."""
    return load_prompts(path.read_text(encoding="utf-8"))


@cache
def known_words() -> frozenset[str]:
    """Words that are spoken in one piece (`words.txt`)."""
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def text_hash(prompt: PromptText, voice: str = VOICE) -> str:
    """Changes when the sound must be made again."""
    words = " ".join(sorted(word for word in known_words() if word in prompt.spoken))
    return hashlib.sha256(f"{REVISION}\n{voice}\n{prompt.spoken}\n{words}".encode()).hexdigest()


def sound_file(prompt_id: str, sounds: Path = SOUNDS_DIR) -> Path:
    return sounds / "zh" / "hl" / f"{prompt_id}.wav"


def read_manifest(sounds: Path = SOUNDS_DIR) -> Manifest:
    """The manifest as it was last written; empty when there is none."""
    path = sounds / "manifest.json"
    if not path.exists():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))["prompts"]
    return {name: Entry(**entry) for name, entry in entries.items()}


def write_manifest(manifest: Manifest, sounds: Path = SOUNDS_DIR) -> None:
    entries = {name: asdict(manifest[name]) for name in sorted(manifest)}
    text = json.dumps({"revision": REVISION, "voice": VOICE, "prompts": entries}, indent=1, ensure_ascii=False)
    (sounds / "manifest.json").write_text(text + "\n", encoding="utf-8")


def check_sounds(prompts: Mapping[str, PromptText], sounds: Path = SOUNDS_DIR) -> tuple[Finding, ...]:
    """Everything wrong with the sounds folder, in the order of the prompt list; empty when it is up to date."""
    manifest = read_manifest(sounds)
    findings = [finding for prompt in prompts.values() if (finding := _check(prompt, manifest, sounds))]
    names = {path.stem for path in sound_file("x", sounds).parent.glob("*.wav")} | set(manifest)
    unknown = sorted(names - set(prompts) - {BEEP})  # a tone has no text: `gateway.prompts.beep`
    findings += [Finding(name, Fault.LEFT_OVER, "no prompt has this id") for name in unknown]
    return tuple(findings)


def _check(prompt: PromptText, manifest: Manifest, sounds: Path) -> Finding | None:
    path, entry = sound_file(prompt.id, sounds), manifest.get(prompt.id)
    if entry is None or not path.exists():
        return Finding(prompt.id, Fault.MISSING, "no sound yet: ./hotline prompts build")
    if entry.text_hash != text_hash(prompt):
        return Finding(prompt.id, Fault.STALE, "text or voice changed: ./hotline prompts build")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        return Finding(prompt.id, Fault.DAMAGED, "the file is not the one that was made")
    try:
        form = read_format(data)
    except SoundError as error:
        return Finding(prompt.id, Fault.DAMAGED, str(error))
    return None if form == _WANTED else Finding(prompt.id, Fault.DAMAGED, f"must be 8 kHz 16-bit mono, is {form}")
