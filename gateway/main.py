"""The gateway process: composition root and owner of every task in it.

In: settings, secrets, published files. Out: FastAGI and control socket served, AMI followed, until SIGTERM or SIGINT.
Never: opens a database. SIGTERM drains (open visits end, waiting callers go to the survival queue); SIGINT cuts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

import seats
from agi_scripts.fastagi import Door
from gateway import control, log_setup, talks
from gateway.ami import Ami
from gateway.board import Board, Timings, WrapUpTerms
from gateway.callouts import CallOuts
from gateway.callouts.socket import add_routes as out_routes
from gateway.calls import Calls, Desk
from gateway.calls.desk import LastSeats
from gateway.calls.taken_up import take_up
from gateway.config import Config, load_config
from gateway.control import VerbWords
from gateway.crypt import Keyring
from gateway.dispatch import Dispatch
from gateway.errors import CallerFaultError, FatalError, HotlineError
from gateway.kept import Kept
from gateway.live import CITY_TIME, CallView, LiveCalls, iso
from gateway.lost import LostLegs
from gateway.pbx_events import PbxEvents
from gateway.published import Published, Snapshot
from gateway.seat_journal import SeatJournal
from gateway.secrets import load_secrets
from gateway.silence import Silence
from gateway.sticky import StickySeats
from gateway.supervise import Notices, Spies, Surges
from gateway.supervise.notices import Notice
from gateway.supervise.socket import SupervisorDesk, add_routes
from gateway.talks.socket import add_routes as talk_routes
from gateway.talks.targets import hotline_of, targets_json
from gateway.talks.visits import handlers as talk_visits
from gateway.version import VERSION
from gateway.watchdog import Watchdog
from seats import Seat
from transfer import TargetKind
from transfer.talk import Place, Ring, Verb

log = logging.getLogger(__name__)

SURGES_EVERY_S = 30.0
SOUNDS_PREFIX = "hl/"
RING_SLACK_S = 10.0  # how much longer than the ring time a lost ring may leave a seat ringing


class Gateway:
    """Everything of this process, put together. Implements `control.House`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.since = time.time()
        secrets = load_secrets(config.secrets_file)
        self.kept = Kept(config.state_dir / "gateway")
        self.published = Published(config.published_dir, config.menus_dir, config.prompts_dir)
        self.hub = control.Hub()
        self.seat_journal = SeatJournal(config.seat_journal_file, config.state_dir / "gateway" / "seats-live.json")
        timings = Timings(config.wrap_up_s, config.set_aside_s, config.seat_ring_s + RING_SLACK_S)
        self.board = Board(timings, self.seat_journal, time.time)
        rules = seats.Rules(expert_after_s=config.expert_after_s)
        self.dispatch = Dispatch(self.board, rules, time.time)
        self.live = LiveCalls(time.time)
        last_seats = LastSeats()
        self.events = PbxEvents(self.board, self.live, last_seats, self._note, time.time)
        self.ami = Ami(
            *(config.asterisk_host, config.ami_port, "gateway", secrets.ami_gateway, self.events.on_event),
            only=self.events.WANTED,
        )
        self.ringer = Ami(  # an account of its own for Originate: who has it can run programs through a dialplan
            *(config.asterisk_host, config.ami_port, "originate", secrets.ami_originate, self._originated),
            only=("OriginateResponse",),
        )
        self.spies = Spies(self.board, self.live, self.ami, self.ringer, config.node, time.time)
        self.callouts = CallOuts(self.board, self.live, self.ami, self.ringer, config, self._note, time.time)
        self.lost = LostLegs(self.board, self.live, self.ami, config.restore_s)
        self.silence = Silence(self.board, self.ami, self.lost.talks)
        self.notices = Notices(time.time)
        self.surges = Surges(time.time)
        self.sticky = StickySeats(config.sticky_file, Keyring(config.keys_file))
        self.ami.on_connect = self._resync
        people = talks.People(self.board, self.published, self._note, time.time)
        self.talks = talks.Talks(self.ami, self.board, self.live, people, self._ring_s, time.time, self._note)
        desk = Desk(
            *(config, self.published, self.dispatch, self.board, self.live, self.ami, time.time, last_seats),
            on_left=self.talks.left,
            sticky=self.sticky.of,
        )
        self.door = Door({**Calls(desk, SOUNDS_PREFIX).handlers(), **talk_visits(self.talks)})
        self._wire_up()
        self._bring_back(people)

    def _bring_back(self, people: talks.People) -> None:
        """What an earlier life of this gateway knew, and is kept from now on."""
        for name, placed in (("placed-for-citizens", self.callouts.placed), ("placed-outside", people.placed)):
            placed.restore(self.kept.read(name))
            placed.on_change = partial(self.kept.changed, name, placed.as_json)
        self.notices.restore(self.kept.read("notices"))
        self.surges.restore(self.kept.read("surges"))

    def _wire_up(self) -> None:
        """Who is told of what. All calls are synchronous and quick."""
        self.board.take_directory(self.published.now.seats)
        self.board.restore(self.seat_journal.read_live())
        self.published.on_change = self._new_snapshot
        self.board.on_change = self._seat_changed
        self.board.wrap_up_terms = self._wrap_up_terms
        self.live.on_change = self._call_changed
        self.live.on_gone = lambda linkedid: self.hub.publish({"type": "call_gone", "linkedid": linkedid})
        self.events.listeners += [self.talks.on_event, self.spies.on_event, self.lost.on_event, self.callouts.on_event]
        self.events.listeners.append(self.silence.on_event)
        self.callouts.denied = lambda: self.published.now.people.policy.denied
        self.lost.stays = self._others_talk_on
        self.lost.call_back = lambda call, seat: self._call_in(call, seat, Verb.RESUME)
        self.talks.looking.take_up = lambda *facts: take_up(self.live, self.published.now.table, *facts)
        self.events.is_spy = self.spies.is_spy
        self.notices.on_notice = self._noticed
        self.surges.on_change = lambda surge: self.hub.publish({"type": "surge", "surge": surge.as_json()})
        self.surges.on_over = lambda surge_id: self.hub.publish({"type": "surge_over", "id": surge_id})
        self.surges.on_noted = self._keep_surges
        self.hub.extras = lambda: {
            "messages": self.notices.recent(),
            "surges": [surge.as_json() for surge in self.surges],
        }

    def _noticed(self, notice: Notice) -> None:
        self.kept.changed("notices", self.notices.kept)
        self.hub.publish({"type": "message", "message": notice.as_json()})

    def _keep_surges(self) -> None:
        self.kept.changed("surges", self.surges.kept)

    def _note(self, line: dict[str, Any]) -> None:
        self.seat_journal.write(line, None)

    def _new_snapshot(self, snapshot: Snapshot) -> None:
        self.board.take_directory(snapshot.seats)
        self.dispatch.look_again()

    def _seat_changed(self, seat: seats.Seat) -> None:
        self.dispatch.look_again()
        if self.hub.watched:
            self.hub.publish({"type": "seat", "seat": self.board.as_json(seat)})

    def _originated(self, event: Mapping[str, str]) -> None:
        self.spies.on_originated(event)
        self.callouts.on_originated(event)

    async def _resync(self) -> None:
        await self.events.resync(self.ami)
        await self.talks.resync()
        await self.spies.resync()
        await self.callouts.resync()

    def _ring_s(self, ring: Ring) -> float:
        """How long a third's phone rings."""
        if ring.target.kind is TargetKind.EMERGENCY:
            return self.config.emergency_ring_s
        return self.config.seat_ring_s if ring.target.kind is TargetKind.SEAT else self.config.unit_ring_s

    def _others_talk_on(self, call: str) -> bool:
        """Whether the call is in its room or beyond: its seat may leave it and be called in again."""
        talk = self.talks.get(call)
        return talk is not None and talk.caller.place is not Place.PAIR and len(talk.parties) > 2

    async def _call_in(self, call: str, seat: str, verb: Verb) -> None:
        """Ring a seat from outside for a talk that goes on. Raises CallerFaultError, and what the link raises."""
        endpoint = self.board.reachable(seat)
        if endpoint is None:
            raise CallerFaultError("话机没有注册")
        variables = await self._of_the_call(call) | self.talks.call_in(call, seat, verb)
        await self.ringer.action(
            "Originate",
            Channel=f"PJSIP/{endpoint}",
            Context="talk",
            Exten="main",
            Priority="1",
            Timeout=f"{self.config.seat_ring_s * 1000:.0f}",
            Async="true",
            ChannelId=f"{call}.t{time.time_ns() // 1_000_000}",  # see gateway.pbx_events.call_of
            Variable=[
                "PJSIP_HEADER(add,X-Hotline-Resume)=1",
                f"PJSIP_HEADER(add,X-Hotline-Call)={call}",
                *(f"{name}={value}" for name, value in variables.items()),
            ],
        )

    def _targets(self, call: str, seat: str) -> dict[str, Any]:
        view = self.live.get(call)
        hotline = hotline_of(view.hotline if view is not None else None)
        return targets_json(self.published.now, self.board, hotline, seat, datetime.now(CITY_TIME))

    async def _of_the_call(self, call: str) -> dict[str, str]:
        """What every leg of the call knows, and a leg from outside does not."""
        view = self.live.get(call)
        if view is None:
            raise CallerFaultError(f"no call {call}")
        found = {}
        for name in ("HL_RECORDING", "HL_HOTLINE"):
            answer = await self.ami.action("Getvar", Channel=view.channel, Variable=name)
            found[f"__{name}"] = answer.get("Value", "")
        return found

    async def _take_over(self, call: str, supervisor: str) -> None:
        await self._call_in(call, supervisor, Verb.TAKE_OVER)

    async def _watch_surges(self) -> None:
        while True:
            await asyncio.sleep(SURGES_EVERY_S)
            self.surges.tick()
            self._keep_surges()

    def _call_changed(self, view: CallView) -> None:
        self.surges.see(view)
        if self.hub.watched:
            self.hub.publish({"type": "call", "call": view.as_json(time.time())})

    # -- control.House ------------------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        talking = sum(1 for view in self.live if view.state == "talking")
        return {
            "version": VERSION,
            "since": iso(self.since),
            "ami": self.ami.connected,
            "ami_state": self.ami.state.value,
            "table_version": self.published.now.table.version,
            "waiting": len(self.dispatch),
            "talking": talking,
            "sessions": self.door.sessions,
            "journal_lines_lost": self.seat_journal.lost,
        }

    def seats(self) -> list[dict[str, Any]]:
        return self.board.all_json()

    def calls(self) -> list[dict[str, Any]]:
        now = time.time()
        return [view.as_json(now) for view in self.live]

    def _call_json(self, linkedid: str) -> dict[str, Any] | None:
        view = self.live.get(linkedid)
        return view.as_json(time.time()) if view is not None else None

    def seat_verb(self, seat: str, verb: str, words: VerbWords) -> dict[str, Any]:
        self.board.entry(seat)
        if verb == "login":
            return self.board.as_json(self.board.log_in(seat, words.device, words.by))
        if verb == "done":
            return self.board.as_json(self._close_wrap_up(seat, words))
        events: dict[str, seats.SeatEvent] = {
            "logout": seats.Logout(),
            "pause": seats.Pause(words.reason, words.after_call),
            "resume": seats.Resume(),
        }
        after = self.board.apply(seat, events[verb], words.by)
        assert after is not None
        return self.board.as_json(after)

    def _close_wrap_up(self, seat: str, words: VerbWords) -> Seat:
        """Raises CallerFaultError for a result code that the city does not have."""
        codes = {code.code: code for code in self.published.now.people.results}
        code = codes.get(words.result)
        if words.result and codes and code is None:
            raise CallerFaultError("没有这个通话结果")
        settled = code.settled if code is not None and code.settled is not None else words.settled
        return self.board.close_wrap_up(seat, words.result, settled, words.by, anyhow=words.anyhow)

    def _wrap_up_terms(self, call: str) -> WrapUpTerms:
        view = self.live.get(call)
        people = self.published.now.people
        rule = people.wrap_up.rule(view.skills if view else (), self.config.wrap_up_s)
        return WrapUpTerms(rule.seconds, rule.must_close and bool(people.results))  # no codes: nobody is kept for one

    def reload(self) -> str:
        self.published.reload()
        return self.published.now.table.version

    def _control_app(self) -> web.Application:
        app = control.make_app(self, self.hub)
        acts = (self.board.entry, self._take_over, self._targets)
        add_routes(app, SupervisorDesk(self.spies, self.notices, self.surges, *acts))
        talk_routes(app, self.talks, self._call_json)
        out_routes(app, self.callouts)
        return app

    # -- life ---------------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`. Raises OSError when a port is taken."""
        watchdog = Watchdog()
        tasks = [
            asyncio.create_task(self.seat_journal.run(), name="seat-journal"),
            asyncio.create_task(self.kept.run(), name="kept"),
            asyncio.create_task(self.published.follow(), name="published"),
            asyncio.create_task(watchdog.run(), name="watchdog"),
            asyncio.create_task(self._watch_surges(), name="surges"),
            asyncio.create_task(self.sticky.follow(), name="sticky"),
        ]
        runner = None
        try:
            await self.door.serve(self.config.agi_host, self.config.agi_port)
            runner = await control.serve(self._control_app(), self.config.control_socket)
            try:
                await self.ami.start()
                await self.ringer.start()
            except FatalError as error:
                log.error("calls are served without live state: %s", error)
            log.info("gateway %s on table %s", VERSION, self.published.now.table.version)
            await self._until(stop, tasks)
        finally:
            await self.door.close()
            await self.silence.stop()
            await self.lost.stop()
            await self.talks.close()
            await self.spies.close()
            await self.callouts.close()
            await self.ringer.stop()
            await self.ami.stop()
            if runner is not None:
                await runner.cleanup()
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _until(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for the stop signal; a task that ends before it is a fault that ends the process (and restarts it)."""
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            raise RuntimeError(f"task {task.get_name()} ended") from task.exception()


async def _main(config: Config) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await Gateway(config).run(stop)


def main() -> int:
    """Exit code 0 after SIGTERM, 3 when something needed is away or wrong."""
    try:
        config = load_config(os.environ)
        log_setup.start(config.log_level)
        asyncio.run(_main(config))
    except (HotlineError, OSError) as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 3
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
