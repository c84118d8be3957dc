"""Makes the sounds of the repository: those whose text changed since they were made, and no others.

In: the prompt list, the manifest. Out: WAV files, the new manifest, a report. Never: runs in the call path, or speaks
by itself: the model lives in an environment of its own (`.hotline/prompts-venv`) that is made at the first build.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.config import CHECKOUT, Config
from gateway.errors import RetryableError
from gateway.prompts.environment import Tell, ensure_speaker
from gateway.prompts.install import pause_after
from gateway.prompts.manifest import (
    SOUNDS_DIR,
    VOICE,
    Entry,
    Fault,
    check_sounds,
    read_manifest,
    read_prompts,
    sound_file,
    text_hash,
    write_manifest,
)
from ivr import PromptText

_LOAD_S, _SPEAK_S = 120.0, 20.0  # bounds: loading the model, and each prompt (measured: 2 s and 0.7 s)
_SENTENCE_SPEED, _WORD_SPEED = 1.1, 0.95  # single words are said clearly, sentences briskly


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Ids made, left-over files removed, and what could not be read aloud (id: reason)."""

    made: tuple[str, ...]
    removed: tuple[str, ...]
    failed: dict[str, str]


def build_sounds(
    config: Config,
    tell: Tell,
    *,
    everything: bool = False,
    sounds: Path = SOUNDS_DIR,
    speaker: Callable[[Config, Tell], tuple[Path, Path]] = ensure_speaker,
) -> BuildReport:
    """Make what is missing, stale or damaged (or `everything`). `tell` gets a line of progress for each step.

    `speaker` provides the interpreter that runs the speech model, and the voice file.

    Raises RetryableError when packages cannot be had or the model does not answer, FatalError when they are damaged.
    """
    prompts = read_prompts()
    findings = check_sounds(prompts, sounds)
    removed = tuple(finding.id for finding in findings if finding.fault is Fault.LEFT_OVER)
    for name in removed:
        sound_file(name, sounds).unlink(missing_ok=True)
    kept = {name: entry for name, entry in read_manifest(sounds).items() if name in prompts}
    write_manifest(kept, sounds)
    wanted = {finding.id for finding in findings}
    jobs = [prompt for prompt in prompts.values() if everything or prompt.id in wanted]
    failed: dict[str, str] = {}
    if jobs:
        python, voice = speaker(config, tell)
        for done, (prompt, answer, data) in enumerate(speak(python, voice, jobs), 1):
            if data is None:
                failed[prompt.id] = str(answer["error"])
            else:
                _keep(prompt, float(str(answer["seconds"])), data, sounds)
            tell(f"{done}/{len(jobs)} {prompt.id}: {failed.get(prompt.id, prompt.text)}")
    return BuildReport(tuple(prompt.id for prompt in jobs if prompt.id not in failed), removed, failed)


def _keep(prompt: PromptText, seconds: float, data: bytes, sounds: Path) -> None:
    """Write one sound and the manifest: a build that is cut short goes on where it was."""
    target = sound_file(prompt.id, sounds)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    entry = Entry(text_hash(prompt), VOICE, seconds, hashlib.sha256(data).hexdigest())
    write_manifest({**read_manifest(sounds), prompt.id: entry}, sounds)


def job_line(prompt: PromptText) -> str:
    """What the speaker is told: one JSON line."""
    say, speed = prompt.spoken, _SENTENCE_SPEED
    if len(prompt.text) <= 2:
        say, speed = say + "。", _WORD_SPEED
    return json.dumps({"id": prompt.id, "say": say, "speed": speed, "pause_s": pause_after(prompt)})


def speak(
    python: Path, voice: Path, jobs: Sequence[PromptText]
) -> Iterator[tuple[PromptText, dict[str, object], bytes | None]]:
    """Run the speaker over `jobs`; yields each prompt with the speaker's answer and its sound (None: it failed)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "jobs").write_text("".join(job_line(prompt) + "\n" for prompt in jobs), encoding="utf-8")
        command = [str(python), "-m", "gateway.prompts.speak", str(voice), name]
        with (folder / "jobs").open("rb") as stdin, (folder / "errors").open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603  # our own module in our own environment
                command, cwd=CHECKOUT, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, text=True, encoding="utf-8"
            )
            limit = threading.Timer(_LOAD_S + _SPEAK_S * len(jobs), process.kill)
            limit.start()
            try:
                yield from _answers(process, jobs, folder)
            finally:
                limit.cancel()
                process.kill()
                process.communicate()


def _answers(
    process: subprocess.Popen[str], jobs: Sequence[PromptText], folder: Path
) -> Iterator[tuple[PromptText, dict[str, object], bytes | None]]:
    for prompt in jobs:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            said = (folder / "errors").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise RetryableError(f"the speech model stopped at {prompt.id}: {said[-1] if said else 'took too long'}")
        answer: dict[str, object] = json.loads(line)
        yield prompt, answer, None if "error" in answer else (folder / f"{prompt.id}.wav").read_bytes()
