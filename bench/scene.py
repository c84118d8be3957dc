"""The bench's city: the demo's routing table, one hotline without a menu, every prompt 20 ms of silence.

In: a state folder. Out: published files and sounds in it. Never: the demo's own state.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import ivr
import routing_table
from gateway.config import Config
from gateway.errors import FatalError
from gateway.house.layout import sounds_dir
from routing_table import Arrival, NotRouted

HOTLINE = "12315"  # mode C: greeting, then shared seats
NOTICE = ivr.Prompt.RECORDING_NOTICE.value
GREETING = ivr.greeting_id(HOTLINE)
PROMPT_S = 0.020
FIRST_SEAT = 1000
RATE_HZ = 8000


def seat_ids(count: int) -> list[str]:
    return [str(FIRST_SEAT + number) for number in range(count)]


def publish(config: Config, seats: Sequence[str], experts: int = 0) -> None:
    """Write `table.json` and `seats.json`; every seat knows what the bench's hotline asks for.

    The last `experts` seats are in the expert pool: no caller is offered to them, a seat brings them in.
    """
    files = {path.name: path.read_text("utf-8") for path in config.city_dir.iterdir() if path.is_file()}
    table = routing_table.load_demo(files)
    arrival = Arrival(HOTLINE, "13900000000", (), "carrier")
    route = routing_table.lookup(table, arrival, datetime.now(UTC))
    if isinstance(route, NotRouted):
        raise FatalError(f"the demo city does not route {HOTLINE}: {route.reason}")
    pools = ["shared"] * (len(seats) - experts) + ["expert"] * experts
    rows = [
        {"id": seat, "name": f"压测{seat}", "pool": pool, "skills": list(route.skills)}
        for seat, pool in zip(seats, pools, strict=True)
    ]
    config.published_dir.mkdir(parents=True, exist_ok=True)
    (config.published_dir / "table.json").write_text(routing_table.to_json(table), "utf-8")
    document = {"version": "bench", "seats": rows}
    (config.published_dir / "seats.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def write_sounds(config: Config) -> None:
    """Every prompt that the flow may play, and music."""
    prompts = sounds_dir(config) / "zh" / "hl"
    music = sounds_dir(config) / "moh"
    for folder in (prompts, music):
        folder.mkdir(parents=True, exist_ok=True)
    for name in (*ivr.FIXED_PROMPTS, GREETING, *(f"d{digit}" for digit in range(10))):
        _silence(prompts / f"{name}.wav", PROMPT_S)
    _silence(music / "silence.wav", 5.0)


def _silence(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(bytes(2 * round(seconds * RATE_HZ)))
