"""A whole city on this machine for system tests: real Asterisk, gateway, recorder, store, and telephones around them.

In: a folder. Out: `City`, whose methods do what people and accidents do: dial, log in, answer, kill the gateway, stop
it, take the database away; and what can be known afterwards (live state, records, what the PBX still holds).
Never: looks into the gateway's memory, or replaces a part of the product by one of its own.

It is the demo city with the differences named in `tests.kit.city_files`, and its prompts are chords
(`tests.kit.prompts`).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from gateway.config import CHECKOUT, Config, load_config
from gateway.crypt import Keyring
from gateway.house.asterisk import Running, secrets_for, start_asterisk
from gateway.house.city import Lines, Seat
from gateway.house.layout import sounds_dir
from gateway.house.render import Tuning, render_asterisk
from gateway.prompts.manifest import read_prompts
from gateway.store import CallDetail, CallFilter, Store, call_detail, calls_page, open_store, put_seats
from tests.kit.city_files import (
    CALLER_HZ,
    EMERGENCY_HZ,
    OUTSIDE_HZ,
    SEAT_HZ,
    UNIT_HZ,
    UNREACHABLE,
    directory,
    environment,
    publish_people,
    publish_seats,
    publish_table,
    write_city,
    write_menus,
)
from tests.kit.phone import Phone, PhoneBank, PhoneCall
from tests.kit.ports import free_block
from tests.kit.prompts import Prompts
from tests.kit.sipp import Sipp

# Read by the phones.
HEADERS = ["From", *(f"X-Hotline-{name}" for name in ("Call", "Number", "Role", "Listen", "Resume", "Out"))]
POLL_S = 0.05
START_S = 20.0
VERDICT_S = 35.0  # a bad verdict on a recording is given 12 s after the call here, not sooner
T = TypeVar("T")


class NotInTime(AssertionError):  # noqa: N818  # reads as what it is in a test report
    """What a test waited for did not come."""


async def wait_for(look: Callable[[], Awaitable[T | None]], what: str, timeout_s: float = 15.0) -> T:
    """Await `look` until it gives something true, and return that. Raises NotInTime with the last thing seen."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {timeout_s} s: {what}; last seen: {found!r}")
        await asyncio.sleep(POLL_S)


@dataclass
class City:
    """One running city. Made by `running_city`."""

    config: Config
    environ: dict[str, str]
    pbx: Running
    bank: PhoneBank
    sipp: Sipp
    store: Store
    prompts: Prompts
    dead_port: int  # where the lines of 12320 and 119 lead: nothing listens there
    seats: dict[str, Phone] = field(default_factory=dict)
    units: dict[str, Phone] = field(default_factory=dict)
    emergencies: dict[str, Phone] = field(default_factory=dict)
    outside: dict[str, Phone] = field(default_factory=dict)
    _processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # -- callers ----------------------------------------------------------------------------------------------------

    def new_number(self) -> str:
        """A mobile number that nobody has called from in this run."""
        return f"139{next(self._numbers):08d}"

    async def caller(self, raw: str | None = None, *, host: str = "127.0.0.1") -> Phone:
        """A citizen's phone. `raw` is what stands in From; a new number when not given."""
        index = next(self._numbers)
        return await self.bank.caller(
            raw or f"138{index:08d}", [CALLER_HZ[index % len(CALLER_HZ)]], name=f"caller-{index}", host=host
        )

    async def dial(self, phone: Phone, dialled: str, headers: Sequence[tuple[str, str]] = ()) -> PhoneCall:
        return await phone.dial(f"sip:{dialled}@127.0.0.1:{self.config.sip_port}", headers)

    async def leg_for(self, phone: Phone, timeout_s: float = 15.0) -> PhoneCall:
        """The leg on which a seat, a unit or an emergency line talks with this caller; waits until it is answered."""
        number = phone_number(phone)

        async def look() -> PhoneCall | None:
            found = [leg for leg in self.legs_for(number) if leg.established_at]
            return found[-1] if found else None

        return await wait_for(look, f"somebody talks with {phone.name}", timeout_s)

    def legs_for(self, number: str) -> list[PhoneCall]:
        """Every leg on which somebody was rung for this caller, in order."""
        phones = (*self.seats.values(), *self.units.values(), *self.emergencies.values())
        legs = [leg for phone in phones for leg in phone.calls if leg.peer.startswith(f"sip:{number}@")]
        return sorted(legs, key=lambda leg: leg.began_at)

    # -- seats ------------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def on_duty(self, *ids: str, answer_s: float | None = 0.3) -> AsyncIterator[list[Phone]]:
        """These seats and no others are logged in on desk phones and answer after `answer_s` (None: let ring)."""
        await self.at_rest()
        for seat in ids:
            await self.seats[seat].habit(answer_s=answer_s)
            await self.seat_verb(seat, "login", device="phone")
        try:
            yield [self.seats[seat] for seat in ids]
        finally:
            await self.all_off_duty()

    async def at_rest(self) -> None:
        """Gateway and recorder run, nobody is on duty, no call: whatever a test left is undone."""
        for name in ("gateway", "recorder"):
            if not self.is_running(name):
                await self.start(name)
        await self.all_off_duty()

    async def all_off_duty(self) -> None:
        """Every seat logged out and every phone idle. Calls that a failed test left are cut."""
        await self.cut_all_calls()
        for seat in await self.seat_views() if self.is_running("gateway") else ():
            if seat["state"] != "offline":
                await wait_for(partial(self._log_out, seat["id"]), f"seat {seat['id']} logged out", 5.0)
        lines = (*self.units.values(), *self.emergencies.values(), *self.outside.values())
        for phone in (*self.seats.values(), *lines):
            await phone.habit()

    async def _log_out(self, seat: str) -> bool:
        status, _ = await self.control("POST", f"/v1/seats/{seat}/logout", {"by": "test"})
        return status == 200 and (await self.seat_view(seat))["state"] == "offline"

    async def seat_verb(self, seat: str, verb: str, **body: str) -> dict[str, Any]:
        status, answer = await self.control("POST", f"/v1/seats/{seat}/{verb}", {"by": "test", **body})
        assert status == 200, f"{verb} {seat}: {status} {answer}"
        return answer

    async def seat_views(self) -> list[dict[str, Any]]:
        _, answer = await self.control("GET", "/v1/seats")
        views: list[dict[str, Any]] = answer["seats"]
        return views

    async def seat_view(self, seat: str) -> dict[str, Any]:
        return next(view for view in await self.seat_views() if view["id"] == seat)

    async def seat_is(self, seat: str, state: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """Wait until the gateway shows the seat in that state."""

        async def look() -> dict[str, Any] | None:
            view = await self.seat_view(seat)
            return view if view["state"] == state else None

        return await wait_for(look, f"seat {seat} {state}", timeout_s)

    # -- what is known ----------------------------------------------------------------------------------------------

    async def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        connector = aiohttp.UnixConnector(str(self.config.control_socket))
        timeout = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.request(method, f"http://gateway{path}", json=body) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def live(self, phone: Phone) -> dict[str, Any] | None:
        """The live call of this caller, as the gateway shows it."""
        number = phone_number(phone)
        _, answer = await self.control("GET", "/v1/calls")
        return next((call for call in answer["calls"] if call.get("caller", {}).get("number") == number), None)

    async def live_is(self, phone: Phone, state: str, timeout_s: float = 10.0) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            call = await self.live(phone)
            return call if call and call["state"] == state else None

        return await wait_for(look, f"call of {phone.name} {state}", timeout_s)

    async def details(self, number: str) -> list[CallDetail]:
        """All records of calls by this (normalised) number, oldest first."""
        async with self.store.reading() as session:
            page = await calls_page(session, CallFilter(caller=number), limit=100)
            found = [await call_detail(session, row.linkedid) for row in reversed(page.items)]
        return [detail for detail in found if detail]

    async def record(self, phone: Phone | str, *, verdict: bool = False, timeout_s: float = 15.0) -> CallDetail:
        """The one complete record of this caller; with `verdict`, also the judgement on its recording.

        A good verdict comes within seconds, a bad one after half a minute.
        """
        number = phone if isinstance(phone, str) else phone_number(phone)

        def done(detail: CallDetail) -> bool:
            judged = detail.recording is not None and detail.recording.verified_at is not None
            return detail.call.complete and (judged or not verdict)

        async def look() -> list[CallDetail]:
            found = await self.details(number)
            return found if all(map(done, found)) else []

        details = await wait_for(look, f"record of {number}", timeout_s + (VERDICT_S if verdict else 0.0))
        assert len(details) == 1, f"{number} has {len(details)} records"
        return details[0]

    def recording_path(self, detail: CallDetail) -> Path:
        assert detail.call.recording_path
        return self.config.recordings_dir / detail.call.recording_path

    async def cli(self, command: str) -> str:
        return await asyncio.to_thread(self.pbx.cli, command)

    async def channels(self) -> list[str]:
        """Every channel that the PBX holds, one line each."""
        text = await self.cli("core show channels concise")
        return [line for line in text.splitlines() if "!" in line]

    async def cut_all_calls(self) -> None:
        if await self.channels():
            await self.cli("channel request hangup all")
            await self.no_channels()

    async def no_channels(self, timeout_s: float = 10.0) -> None:
        async def look() -> bool:
            return not await self.channels()

        await wait_for(look, "no channels left in the PBX", timeout_s)

    # -- what is published ------------------------------------------------------------------------------------------

    async def publish(self, *, closed: Sequence[str] = (), unreachable: bool = False) -> str:
        """Publish the table anew: these units closed, or with a line behind which nobody is. Returns its version."""
        write_city(self.config.city_dir, closed, unreachable)
        version = publish_table(self.config)
        if self.is_running("gateway"):
            status, answer = await self.control("POST", "/v1/reload")
            assert status == 200, answer
        return version

    # -- processes --------------------------------------------------------------------------------------------------

    async def start(self, name: str, environ: dict[str, str] | None = None) -> None:
        """Start `gateway` or `recorder` (`gateway.recorder`) and wait until it serves."""
        module = {"gateway": "gateway.main", "recorder": "gateway.recorder"}[name.partition("-")[0]]
        with (self.config.log_dir / f"{name}.log").open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module),
                env={**os.environ, **self.environ, **(environ or {})},
                cwd=CHECKOUT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if name == "gateway":
            await wait_for(self._gateway_ready, f"gateway up; see {self.config.log_dir}", START_S)

    async def restart(self, name: str, environ: dict[str, str] | None = None) -> None:
        """End a process in order and start it again, with other settings if given."""
        if self.is_running(name):
            await self.kill(name, signal.SIGTERM)
        await self.start(name, environ)

    async def _gateway_ready(self) -> bool:
        assert self.is_running("gateway"), f"the gateway ended: {self.log_tail('gateway')}"
        try:
            status, health = await self.control("GET", "/v1/health")
        except aiohttp.ClientError:
            return False
        return status == 200 and bool(health["ami"])

    def is_running(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.returncode is None

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a process by a signal and wait until it is gone."""
        process = self._processes[name]
        if process.returncode is None:
            process.send_signal(how)
            await asyncio.wait_for(process.wait(), 10)

    def freeze(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGCONT)

    def log_tail(self, name: str, lines: int = 15) -> str:
        path = self.config.log_dir / f"{name}.log"
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:]) if path.exists() else "(no log)"

    async def hotline(self, *arguments: str) -> tuple[int, str]:
        """Run the product's own command line; exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.cli", *arguments),
            env={**os.environ, **self.environ},
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complaints = await asyncio.wait_for(process.communicate(), 20)
        return process.returncode or 0, (printed or complaints).decode()

    async def close(self) -> None:
        for name in self._processes:
            with contextlib.suppress(ProcessLookupError):
                self.thaw(name)
            await self.kill(name, signal.SIGTERM)


def phone_number(phone: Phone) -> str:
    """The normalised number of a caller's phone made by `City.caller()` without `raw`."""
    return f"138{int(phone.name.removeprefix('caller-')):08d}"


@contextlib.asynccontextmanager
async def running_city(folder: Path) -> AsyncIterator[City]:
    """Everything up: PBX, phones registered, gateway, recorder; stopped and the PBX's end checked on leaving."""
    environ = environment(folder)
    config = load_config({name: value for name, value in environ.items() if name.startswith("HOTLINE_")})
    first = free_block(652)
    staff = directory()
    for place in (config.log_dir, config.run_dir, config.published_dir):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_city(config.city_dir, (), False)
    write_menus(config.menus_dir)
    publish_table(config)
    publish_seats(config, staff)
    publish_people(config)
    prompts = Prompts(read_prompts())
    prompts.install(sounds_dir(config))
    lines = Lines(
        units={**dict.fromkeys(UNIT_HZ, f"127.0.0.1:{first}"), UNREACHABLE: f"127.0.0.1:{first + 651}"},
        emergencies={"110": f"127.0.0.1:{first}", "119": f"127.0.0.1:{first + 651}"},
        trunks={"carrier": f"127.0.0.1:{first}"},  # a phone of the bank whose name is the number dialled
    )
    seats = [Seat(seat.id, seat.name) for seat in staff]
    secrets = secrets_for(config, seats)
    render_asterisk(config, secrets, seats, lines, Tuning(line_qualify_s=2))
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    async with store.session() as session:
        await put_seats(session, staff)
    async with PhoneBank(folder / "phones", first, (first + 2, first + 200), HEADERS) as bank:
        pbx = await asyncio.to_thread(start_asterisk, config)
        prompts.install(sounds_dir(config))  # should the house have put the real ones there
        sipp = Sipp(folder / "sipp", config.sip_port, range(first + 201, first + 250), range(first + 250, first + 650))
        city = City(config, environ, pbx, bank, sipp, store, prompts, dead_port=first + 651)
        try:
            await _install_phones(city, secrets.sip)
            await city.start("gateway")
            await city.start("recorder")
            await wait_for(partial(_all_registered, city), "all seats' phones registered", START_S)
            yield city
        finally:
            await city.close()
            await asyncio.to_thread(city.pbx.stop)  # not `pbx`: a test may have had it die and started another
            await store.close()


async def _install_phones(city: City, passwords: Any) -> None:
    registrar = f"127.0.0.1:{city.config.sip_port}"
    for seat, hz in SEAT_HZ.items():
        city.seats[seat] = await city.bank.seat(f"seat-{seat}", passwords[f"seat-{seat}"], registrar, [hz])
    for unit, hz in UNIT_HZ.items():
        city.units[unit] = await city.bank.line(unit, [hz])
    for number, hz in EMERGENCY_HZ.items():
        city.emergencies[number] = await city.bank.line(number, [hz])
    for number, hz in OUTSIDE_HZ.items():
        city.outside[number] = await city.bank.line(number, [hz])


async def _all_registered(city: City) -> bool:
    return all(view["registered"]["phone"] for view in await city.seat_views())
