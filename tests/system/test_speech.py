"""The real prompts on the real PBX: what a caller hears is, sample for sample, what lies in the repository.

All other system tests hear chords in their place (`tests.kit.prompts`).
"""

from __future__ import annotations

import asyncio
import shutil

import numpy as np
import pytest

from gateway.house.layout import sounds_dir
from gateway.prompts.manifest import sound_file
from gateway.published import POLL_S
from tests.kit import tones
from tests.kit.city import City
from tests.kit.tones import Samples
from tests.system.scenes import ring_in

SPOKEN = ("recording-notice", "greet-12315", "please-hold")
ALIKE = 0.9  # correlation; A-law and a lost packet cost a little, another sentence gives about 0


PIECE = tones.RATE // 5  # 0.2 s: a frame lost or late in a busy machine spoils one piece, not the sentence


def pieces_of(samples: Samples) -> list[Samples]:
    """The prompt cut into pieces, without its pauses."""
    cut = [samples[at : at + PIECE] for at in range(0, samples.size - PIECE + 1, PIECE)]
    loud = np.sqrt(np.mean(samples**2))
    return [piece for piece in cut if np.sqrt(np.mean(piece**2)) > loud / 2]


def share_heard(heard: Samples, samples: Samples) -> tuple[float, float]:
    """Which share of a prompt's pieces was heard, and at which sample (median of those)."""
    found = [likeness(heard, piece) for piece in pieces_of(samples)]
    places = [at for score, at in found if score > ALIKE]
    return len(places) / len(found), float(np.median(places)) if places else 0.0


def likeness(heard: Samples, wanted: Samples) -> tuple[float, int]:
    """The best normalised correlation of `wanted` anywhere in `heard`, and at which sample."""
    if heard.size < wanted.size:
        return 0.0, 0
    size = heard.size + wanted.size
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size)), size)
    product = product[: heard.size - wanted.size + 1]
    running = np.concatenate([[0.0], np.cumsum(heard**2)])
    power = running[wanted.size :] - running[: running.size - wanted.size]
    score = product / np.sqrt(np.maximum(power, 1e-9) * np.sum(wanted**2))
    at = int(np.argmax(score))
    return float(score[at]), at


async def test_a_caller_hears_the_repositorys_own_prompts_in_order(city: City) -> None:
    installed = sounds_dir(city.config) / "zh" / "hl"
    files = {name: sound_file(name) for name in SPOKEN}
    if missing := [name for name, path in files.items() if not path.exists()]:
        pytest.fail(f"no sound for {missing}: ./hotline prompts build")
    speech = {name: tones.read_wav(path) for name, path in files.items()}
    try:
        for name, path in files.items():
            shutil.copyfile(path, installed / f"{name}.wav")
        await asyncio.sleep(3 * POLL_S)  # the gateway follows changed prompts: it must know how long they play
        caller, call = await ring_in(city, "12315")
        await city.live_is(caller, "waiting", 30)
        await asyncio.sleep(speech["please-hold"].size / tones.RATE + 0.5)
        found = {name: share_heard(call.heard(), samples) for name, samples in speech.items()}
        other = share_heard(call.heard(), tones.read_wav(sound_file("greet-12319")))
        await call.hangup()
    finally:
        city.prompts.install(sounds_dir(city.config))
    assert all(share > 0.6 for share, _ in found.values()), found
    assert [found[name][1] for name in SPOKEN] == sorted(at for _, at in found.values()), found
    assert other[0] < 0.6, "the measure tells nothing"
