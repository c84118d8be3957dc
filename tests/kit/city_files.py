"""What a test city is made of: its settings, seats, published table and menus, as files in its own folder.

In: a folder, free ports. Out: `HOTLINE_*` settings, published files. Never: starts anything.

Differences from the demo city, each for speed or to make a test repeatable: short ring, wrap-up and menu times; offices
and the day menu are open at any hour.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import routing_table
from gateway.config import CHECKOUT, Config
from gateway.store import SeatEntry
from gateway.store.kinds import Pool
from tests.kit.ports import installation_ports

SHARED = ("801", "802", "803", "804", "805", "806")
EXPERTS = {"901": ("12333",), "902": ("12348", "12329", "12320")}
SEAT_HZ = {seat: 2700 + 50 * index for index, seat in enumerate((*SHARED, *EXPERTS))}
UNIT_HZ = {"12328": 3150, "12348": 3200}
EMERGENCY_HZ = {"110": 3250}
OUTSIDE_HZ = {"08722110001": 3100}  # behind the carrier's trunk; allowed once an hour
CALLER_HZ = tuple(range(3300, 3851, 50))
PARTY_HZ = (*SEAT_HZ.values(), *UNIT_HZ.values(), *EMERGENCY_HZ.values(), *OUTSIDE_HZ.values(), *CALLER_HZ)
UNREACHABLE = "12320"  # a unit line with nobody behind its address; the table gets it by `publish(unreachable=True)`

SETTINGS = {
    "SEAT_RING_S": "3",
    "UNIT_RING_S": "3",
    "EMERGENCY_RING_S": "3",
    "WRAP_UP_S": "0.6",
    "SET_ASIDE_S": "5",
    "RESTORE_S": "3",
    "OUT_RING_S": "3",
    "ANNOUNCE_EVERY_S": "3",
    "EXPERT_AFTER_S": "1",
    "AGI_DEADMAN_S": "2",
    "RECORDING_SETTLE_S": "12",
    "LOG_LEVEL": "DEBUG",
}


def environment(folder: Path) -> dict[str, str]:
    return {
        **installation_ports(200),
        **{f"HOTLINE_{name}": value for name, value in SETTINGS.items()},
        "HOTLINE_STATE_DIR": str(folder / "state"),
        "HOTLINE_CITY_DIR": str(folder / "city"),
        "HOTLINE_MENUS_DIR": str(folder / "menus"),
    }


def directory() -> list[SeatEntry]:
    hotlines = re.findall(r"^(\d+),", (CHECKOUT / "routing_table" / "demo" / "hotlines.csv").read_text("utf-8"), re.M)
    skills = ("general", "business", *sorted(set(hotlines)))
    shared = [SeatEntry(seat, f"坐席{seat}", Pool.SHARED, skills) for seat in SHARED]
    return [*shared, *(SeatEntry(seat, f"专家{seat}", Pool.EXPERT, known) for seat, known in EXPERTS.items())]


def publish_seats(config: Config, seats: Sequence[SeatEntry]) -> None:
    rows = [{"id": s.id, "name": s.name, "pool": s.pool.value, "skills": list(s.skills)} for s in seats]
    _replace(config.published_dir / "seats.json", json.dumps({"version": "test-1", "seats": rows}, ensure_ascii=False))


def publish_people(config: Config) -> None:
    """A roster: for a matter of 12315 first the expert 902, then 901. One number outside is allowed, once an hour."""
    experts = [
        {"kind": "seat", "ref": ref, "name": f"专家{ref}", "order": order}
        for order, ref in enumerate(("902", "901"), 1)
    ]
    rules = [{"pattern": number, "name": "供水公司", "trunk": "carrier", "per_hour": 1} for number in OUTSIDE_HZ]
    people = {"version": "test-1", "roster": {"12315": experts}, "outside": {"rules": rules}}
    _replace(config.published_dir / "people.json", json.dumps(people, ensure_ascii=False))


def publish_table(config: Config) -> str:
    """Publish the city's table as it stands in `city_dir`; returns its version."""
    texts = {name: (config.city_dir / name).read_text("utf-8") for name in routing_table.FILES}
    table = routing_table.load_demo(texts)
    _replace(config.published_dir / "table.json", routing_table.to_json(table))
    return table.version


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def write_city(folder: Path, closed: Sequence[str], unreachable: bool) -> None:
    """The demo city with offices open at any hour, except those in `closed`."""
    demo = CHECKOUT / "routing_table" / "demo"
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    calendar = (demo / "calendar.toml").read_text("utf-8")
    years = calendar[calendar.index("[[notice]]") :]
    named = re.findall(r'^name = "(.+?)"', calendar, re.MULTILINE)
    if unreachable:
        named.append(f"unit-{UNREACHABLE}")
    hours = {name: "" if name.removeprefix("unit-") in closed else "all" for name in named}
    entries = [
        f'[[calendar]]\nname = "{name}"\nweekdays = "{open_}"\nweekend = "{open_}"\nholiday = "{open_}"\n'
        for name, open_ in hours.items()
    ]
    (folder / "calendar.toml").write_text("\n".join([*entries, years]), "utf-8")
    if unreachable:
        text = (demo / "city.toml").read_text("utf-8")
        line = (
            f'[[unit_line]]\nref = "unit-{UNREACHABLE}"\nhotline = "{UNREACHABLE}"\ncalendar = "unit-{UNREACHABLE}"\n\n'
        )
        (folder / "city.toml").write_text(text.replace("[[emergency]]", line + "[[emergency]]", 1), "utf-8")


def write_menus(folder: Path) -> None:
    """The demo city's menus, waiting less long for a key."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (CHECKOUT / "ivr" / "menus").glob("*.toml"):
        text = re.sub(r"^wait_s = .*$", "wait_s = 1.2", path.read_text("utf-8"), flags=re.MULTILINE)
        (folder / path.name).write_text(text, "utf-8")
