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


def loudest_second(samples: Samples) -> Samples:
    """A piece of a prompt short enough to survive a lost packet before or after it."""
    size = min(tones.RATE, samples.size)
    running = np.concatenate([[0.0], np.cumsum(samples**2)])
    start = int(np.argmax(running[size:] - running[:-size]))
    return samples[start : start + size]


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
    pieces = {name: loudest_second(samples) for name, samples in speech.items()}
    first = speech[SPOKEN[0]]  # its first word may be lost while the phone's media starts
    pieces[SPOKEN[0]] = loudest_second(first[tones.RATE :])
    try:
        for name, path in files.items():
            shutil.copyfile(path, installed / f"{name}.wav")
        await asyncio.sleep(3 * POLL_S)  # the gateway follows changed prompts: it must know how long they play
        caller, call = await ring_in(city, "12315")
        await city.live_is(caller, "waiting", 30)
        await asyncio.sleep(speech["please-hold"].size / tones.RATE + 0.5)
        found = {name: likeness(call.heard(), piece) for name, piece in pieces.items()}
        await call.hangup()
    finally:
        city.prompts.install(sounds_dir(city.config))
    assert all(score > ALIKE for score, _ in found.values()), found
    assert [found[name][1] for name in SPOKEN] == sorted(at for _, at in found.values()), found
    assert likeness(call.heard(), loudest_second(tones.read_wav(sound_file("greet-12319"))))[0] < 0.6, (
        "the measure tells nothing"
    )
