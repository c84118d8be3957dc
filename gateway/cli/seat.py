"""`./hotline seat list|login|logout|pause|resume|done|phone`: what the seat page does, from the command line.

In: a verb and a seat. Out: the seat or all seats, as a table or JSON. Exit 1: refused; 3: the gateway is away.
Never: a way around the gateway; it talks to the control socket, which only this user can open.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import importlib
import json
import os
import sys
from typing import Any

import aiohttp

from gateway.config import load_config

TIMEOUT_S = 5.0
WORDS = {
    "offline": "离线",
    "idle": "空闲",
    "ringing": "振铃",
    "talking": "通话",
    "consulting": "咨询",
    "wrap_up": "话后",
    "paused": "小休",
    "set_aside": "暂离",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `seat` command."""
    parser = subparsers.add_parser("seat", help="list seats; log a seat in or out, pause or resume it")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="all seats with state, reason and phone")
    listing.add_argument("--json", action="store_true", help="print JSON")
    for verb, text in (
        ("login", "sit down: the seat gets calls from now on"),
        ("logout", "leave; a call in hand is finished first"),
        ("pause", "no calls for a while; with a call in hand, after it"),
        ("resume", "back from a pause or from being set aside"),
        ("done", "end the wrap-up now"),
    ):
        command = verbs.add_parser(verb, help=text)
        command.add_argument("seat", help="the seat's id, such as 801")
        command.add_argument("--json", action="store_true", help="print JSON")
        if verb == "login":
            command.add_argument("--device", choices=("auto", "phone", "web"), default="auto", help="default: auto")
        if verb == "pause":
            command.add_argument("--reason", required=True, help="why, in your own words")
        if verb == "done":
            command.add_argument("--result", default="", help="result code of the call, where the city wants one")
    phone = verbs.add_parser("phone", help="give an office user a phone to ring callers with; then ./hotline up")
    phone.add_argument("user", help="the user's name, such as office")
    phone.add_argument("--seat", default="", help="the new seat's id; default: the first free one from 601 on")
    phone.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 done, 1 refused, 3 the gateway is away."""
    if args.verb == "phone":
        found: int = importlib.import_module("gateway.cli.seat_phone").run(args)  # the other verbs need no database
        return found
    config = load_config(os.environ)
    try:
        status, answer = asyncio.run(_ask(str(config.control_socket), args))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        sys.stderr.write(f"the gateway does not answer ({error}); './hotline up' starts it\n")
        return 3
    if status >= 400:
        sys.stderr.write(f"refused: {answer.get('detail', status)}\n")
        return 1
    if args.json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
    else:
        for seat in answer["seats"] if args.verb == "list" else [answer]:
            sys.stdout.write(_line(seat) + "\n")
    return 0


async def _ask(socket: str, args: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(socket), timeout=timeout) as session:
        if args.verb == "list":
            request = session.get("http://gateway/v1/seats")
        else:
            body: dict[str, Any] = {"by": f"cli:{getpass.getuser()}", "anyhow": True}
            body |= {name: getattr(args, name, "") for name in ("device", "reason", "result")}
            request = session.post(f"http://gateway/v1/seats/{args.seat}/{args.verb}", json=body)
        async with request as response:
            return response.status, await response.json(content_type=None)


def _line(seat: dict[str, Any]) -> str:
    phones = "+".join(name for name, there in seat["registered"].items() if there) or "-"
    state = WORDS.get(seat["state"], seat["state"])
    return f"{seat['id']:<6}{seat['pool']:<8}{state:　<4}{seat['since'][11:19]}  {phones:<10}{seat['reason']}"
