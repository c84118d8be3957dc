"""`./hotline up`: install what is missing, start everything, load the demo city. A second run repairs and is quick.

In: settings. Out: five running parts, the console's address, passwords made just now. Exit 0, or 3 with the reason.
Never: touches a running conversation, or prints a password twice.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping

from gateway.cli.settings import save_settings
from gateway.config import Config, ConfigError, load_config
from gateway.errors import HotlineError, RetryableError
from gateway.house.apt import Need, ensure_packages, refresh
from gateway.house.asterisk import asterisk_cli, prepare, put_sounds, read_pid, secrets_for
from gateway.house.certificate import ensure_certificate
from gateway.house.city import load_lines
from gateway.house.code import code_has_changed, note_code
from gateway.house.demo import ensure_city, ensure_table, seat_directory
from gateway.house.lock import alone
from gateway.house.parts import Report, reports
from gateway.house.progress import Say, quiet, say, step
from gateway.house.render import render_asterisk
from gateway.house.root import (
    ensure_root,
    install_packaged_asterisk,
    packaged_asterisk,
    root_is_whole,
    system_asterisk,
)
from gateway.house.supervise import restart_part, start_missing, start_supervisor, supervisor_pid
from gateway.house.web import ensure_web

READY_S = 40.0
RELOAD_DOES = {"pjsip.conf", "extensions.conf", "queues.conf", "musiconhold.conf", "confbridge.conf", "features.conf"}

PRIVATE_ROOT = (
    Need("mmdebstrap", "mmdebstrap", "builds the private Asterisk (Debian 12 and 13 have no package of it)"),
    Need("bubblewrap", "bwrap", "runs Asterisk read-only, with nothing else of this machine in sight"),
    Need("debian-archive-keyring", "/usr/share/keyrings/debian-archive-keyring.gpg", "checks the packages' signatures"),
)
ALWAYS = (Need("openssl", "openssl", "makes the certificate for browser phones over wss"),)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "up",
        help="install what is missing, start everything, load the demo city",
        description="Install what is missing, start everything, load the demo city. Run again, it repairs.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON; progress goes to standard error")
    parser.add_argument(
        "--restart",
        action="store_true",
        help="restart gateway, recorder, clerk and console: talks go on, waiting callers go to the survival queue",
    )
    parser.add_argument("--no-web", action="store_true", help="do not build the web pages")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    try:
        config = load_config(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    tell: Say = quiet if args.json else say
    with alone(config, tell):
        return _up(config, args, tell)


def _up(config: Config, args: argparse.Namespace, tell: Say) -> int:
    made: dict[str, str] = {}
    began = time.monotonic()
    ready: list[Report] = []
    pages = True
    try:
        install(config, tell)
        pages = args.no_web or build_pages(tell)
        os.umask(0o077)  # from here on it is calls, recordings and secrets
        made = ensure_city(config)
        ready = start(config, os.environ, tell, restart=args.restart)
    except HotlineError as error:
        sys.stderr.write(f"hotline up: {error}\n")
    finally:
        # whatever went wrong after the users were made: their passwords exist nowhere else
        _print(config, made, ready, args.json, time.monotonic() - began)
    return 0 if pages and ready and all(report.ok for report in ready) else 3


def build_pages(tell: Say) -> bool:
    """Whether the pages are there now. Calls do not wait for them: without them everything else is started."""
    try:
        with step(tell, "web pages"):
            ensure_web(tell)
    except HotlineError as error:
        sys.stderr.write(f"hotline up: no web pages: {error}\n")
        return False
    return True


def install(config: Config, tell: Say) -> None:
    """Everything that must be on the disk before a start."""
    ensure_packages(ALWAYS, tell)
    ensure_asterisk(tell)
    config.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    ensure_table(config)


def ensure_asterisk(tell: Say) -> None:
    """The host's own Asterisk, its distribution's package, or a private root: the first that can be had."""
    if system_asterisk() is not None:
        return
    if not root_is_whole():
        refresh()
        if packaged_asterisk():
            with step(tell, "asterisk"):
                install_packaged_asterisk(tell)
            return
    ensure_packages(PRIVATE_ROOT, tell)
    with step(tell, "private Asterisk"):
        ensure_root(tell)


def start(config: Config, environ: Mapping[str, str], tell: Say, *, restart: bool = False) -> list[Report]:
    """Configuration and processes; returns when all parts serve. Raises HotlineError."""
    was_running = read_pid(config) is not None
    changed = configure(config, tell)
    save_settings(config, environ)
    if supervisor_pid(config) is None:
        with step(tell, "start"):
            if was_running:
                tell("adopting a running Asterisk: its calls go on")
            start_supervisor(config, environ)
        note_code(config)
    elif restart:
        tell("restarting gateway, recorder, clerk and console: talks go on")
        for name in ("gateway", "recorder", "clerk", "console"):
            restart_part(config, name)
        note_code(config)
    else:
        start_missing(config)
        if code_has_changed(config):
            tell("the code has changed since the start: './hotline up --restart' puts it in force")
    ready = wait_ready(config)
    if changed and was_running:
        _reload(config, changed, tell)
    return ready


def configure(config: Config, tell: Say) -> set[str]:
    """Write Asterisk's configuration; the names of files that changed since the last time."""
    seats = seat_directory(config)
    secrets = secrets_for(config, seats)
    if not ensure_certificate(config):
        tell("no certificate: wss is off; browsers on other machines need it (ws on this machine works)")
    put_sounds(config)
    prepare(config)
    return render_asterisk(config, secrets, seats, load_lines(config))


def _reload(config: Config, changed: set[str], tell: Say) -> None:
    tell(f"configuration changed ({', '.join(sorted(changed))}): reloading Asterisk")
    asterisk_cli(config, "core reload")
    deep = changed - RELOAD_DOES
    if deep:
        names = ", ".join(sorted(deep))
        tell(f"{names}: in force from Asterisk's next start: './hotline down && ./hotline up' when it is quiet")


def wait_ready(config: Config) -> list[Report]:
    """Ask until all parts serve or the time is over; the last answers."""
    deadline = time.monotonic() + READY_S
    while True:
        try:
            now = reports(config)
        except RetryableError:
            now = []
        if now and all(report.ok for report in now):
            return now
        if time.monotonic() > deadline:
            return now
        time.sleep(0.2)


def _print(config: Config, made: Mapping[str, str], ready: list[Report], as_json: bool, took_s: float) -> None:
    console = f"http://{config.bind}:{config.console_port}"
    if as_json:
        answer = {
            "console": console,
            "ok": bool(ready) and all(report.ok for report in ready),
            "passwords": made,
            "parts": [report.as_json() for report in ready],
            "took_s": round(took_s, 1),
        }
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
        return
    out = sys.stdout.write
    for report in ready:
        if not report.ok:
            out(f"  {report.name} is not serving ({report.state}): {report.detail}; see {config.log_dir}\n")
    if made:
        out("\n  Users of the demo city. These passwords are shown now and never again:\n")
        for name, password in made.items():
            out(f"    {name:<12} {password}\n")
    if ready and all(report.ok for report in ready):
        out(f"\n  Ready after {took_s:.1f} s.  Console: {console}\n")
        out(_TRY.format(console=console, sip=f"{config.bind}:{config.sip_port}"))


_TRY = """\
  Try it: sign in at {console}/login as 801 and go on duty at {console}/seat;
  in another tab open {console}/testphone, dial 12315 as a citizen, and answer at the seat.
  With a SIP phone: register as seat-801 (password in .hotline/secrets.json), or call sip:12345@{sip}.
  Stop with ./hotline down.  Something wrong? ./hotline doctor
"""
