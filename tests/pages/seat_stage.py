"""The stage of the seat's journey: a seat and a supervisor at browsers, a caller, a unit and 110 at telephones.

In: an installation. Out: people with tones of their own, and who hears whom. Never: an assertion about one scene only.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Playwright, expect

from tests.kit import tones
from tests.kit.phone import Phone, PhoneBank, PhoneCall
from tests.pages import ears
from tests.pages.conftest import log_in
from tests.pages.installation import LINE_PORTS, Installation
from tests.pages.phones import beeps, person

HZ = {"seat": 1730, "boss": 2170, "caller": 3300, "unit": 2900, "110": 3650}
CALLER = "13912345678"
SETTLE_S = 0.3  # for the sound that is still under way after a key
_NAMES = {hz: name for name, hz in HZ.items()}

# What the page asks of the desktop and of the loudspeakers, kept to be looked at. Everything is really done, too.
WITNESS = """
(() => {
  window.notes = []
  window.focused = 0
  const Note = window.Notification
  window.Notification = class extends Note {
    constructor(title, options) {
      super(title, options)
      window.notes.push({ title, body: options.body, note: this, open: true })
      const mine = window.notes.at(-1)
      const close = this.close.bind(this)
      this.close = () => { mine.open = false; close() }
    }
  }
  const focus = window.focus.bind(window)
  window.focus = () => { window.focused += 1; focus() }
  window.sinks = []
  const sink = AudioContext.prototype.setSinkId
  AudioContext.prototype.setSinkId = function (id) {
    const done = sink.call(this, id)
    done.then(() => window.sinks.push([id, this.sinkId]), (error) => window.sinks.push([id, String(error)]))
    return done
  }
  window.rings = 0
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (...when) { window.rings += 1; return start.apply(this, when) }
})()
"""


@dataclass
class Stage:
    """`legs`: the telephones that are in the call now, by the name of their tone."""

    playwright: Playwright
    house: Installation
    bank: PhoneBank
    seat: Page
    boss: Page
    unit: Phone
    police: Phone
    caller: Phone
    legs: dict[str, PhoneCall] = field(default_factory=dict)
    levels: dict[str, dict[float, float]] = field(default_factory=dict)  # what the pages heard last, to be told

    async def dial(self, number: str) -> PhoneCall:
        self.legs = {"caller": await self.caller.dial(f"sip:{number}@127.0.0.1:{self.house.config.sip_port}")}
        await self.legs["caller"].wait("established")
        return self.legs["caller"]

    async def hear(self, seconds: float = 15.0, **wanted: set[str]) -> None:
        """Each of the named hears exactly these of all parties, soon. `line_110` names 110's telephone."""
        wanted = {"110" if name == "line_110" else name: who for name, who in wanted.items()}
        deadline, heard = time.monotonic() + seconds, dict[str, set[str]]()
        while heard != wanted:
            assert time.monotonic() < deadline, f"wanted {wanted}, heard {heard}, {self.levels}"
            heard = await self._heard(wanted)

    async def _heard(self, whom: Iterable[str]) -> dict[str, set[str]]:
        await asyncio.sleep(SETTLE_S)
        since = time.time()
        pages = {name: getattr(self, name) for name in whom if name in ("seat", "boss")}
        levels, _ = await asyncio.gather(
            asyncio.gather(*(ears.levels(page, HZ.values()) for page in pages.values())),
            asyncio.sleep(ears.WINDOW_MS / 1000),
        )
        until = time.time()
        self.levels = dict(zip(pages, levels, strict=True))
        heard = {
            name: {_NAMES[int(hz)] for hz, level in by_hz.items() if level > ears.LOUD_DB}
            for name, by_hz in zip(pages, levels, strict=True)
        }
        for name in set(whom) - pages.keys():
            sound = self.legs[name].heard(since, until)
            found = tones.heard(sound, HZ.values(), min_share=0.03, min_seconds=0.2)
            heard[name] = {_NAMES[int(each.hz)] for each in found}
        return heard

    @contextlib.asynccontextmanager
    async def asking(self, user: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
        """The API as this user: `ask(method, path, body, headers)`."""
        context = await self.playwright.request.new_context(base_url=self.house.url)
        words = {"user": user, "password": self.house.passwords[user]}
        session = await (await context.post("/api/v1/session", data=words)).json()

        async def ask(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
            once = {"Idempotency-Key": f"stage-{time.monotonic_ns()}", "X-CSRF-Token": session["csrf"]}
            sent = {**once, **(headers or {})}
            answer = await context.fetch(f"/api/v1{path}", method=method, headers=sent, data=body)
            assert answer.ok, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json() if answer.status != 204 else None

        try:
            yield ask
        finally:
            await context.dispose()


@contextlib.asynccontextmanager
async def set_stage(playwright: Playwright, house: Installation, folder: Path) -> AsyncIterator[Stage]:
    """The seat's page is open and not on duty; the supervisor's shows everything."""
    microphones = [beeps(folder / f"{name}.wav", HZ[name], *ears.BEEP_S, level=0.1) for name in ("seat", "boss")]
    first = house.lines_port
    async with (
        PhoneBank(folder / "phones", first, (first + 2, first + LINE_PORTS - 1)) as bank,
        person(playwright, house.url, microphones[0]) as seat,
        person(playwright, house.url, microphones[1]) as boss,
    ):
        await seat.context.grant_permissions(["microphone", "notifications"], origin=house.url)
        for page in (seat, boss):
            await ears.give_ears(page.context)
            await page.context.add_init_script(WITNESS)
        lines = [await bank.line(number, [HZ[name]]) for name, number in (("unit", "12328"), ("110", "110"))]
        caller = await bank.caller(CALLER, [HZ["caller"]], name="citizen")
        await log_in(seat, "801", house.passwords["801"])
        await log_in(boss, "supervisor", house.passwords["supervisor"])
        await expect(boss.get_by_test_id("own-phone")).to_have_attribute("data-registered", "true")
        yield Stage(playwright, house, bank, seat, boss, lines[0], lines[1], caller)
