"""`./hotline seat phone USER`: a phone for somebody of the office, to ring callers with.

In: a user's name. Out: the seat, as words or JSON. Exit 0 given, 1 refused, 3 the database is away. Never: writes the
PBX's configuration; `./hotline up` brings the new seat to it.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
from datetime import UTC, datetime

from gateway.config import Config, load_config
from gateway.errors import CallerFaultError, HotlineError
from gateway.store import log_audit, open_store
from gateway.store.office_phones import give_phone


def run(args: argparse.Namespace) -> int:
    try:
        seat = asyncio.run(_give(load_config(os.environ), args.user, args.seat))
    except CallerFaultError as error:
        sys.stderr.write(f"refused: {error}\n")
        return 1
    except HotlineError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    if args.json:
        sys.stdout.write(json.dumps({"user": args.user, "seat": seat}) + "\n")
    else:
        sys.stdout.write(f"{args.user} has phone {seat}; './hotline up' brings it to the PBX\n")
    return 0


async def _give(config: Config, user: str, wanted: str) -> str:
    store = await open_store(config.database)
    try:
        async with store.session() as session:
            seat = await give_phone(session, user, wanted)
            who, at = f"cli:{getpass.getuser()}", datetime.now(UTC)
            await log_audit(session, who, "seat.phone_given", f"user:{user}", at=at, detail={"seat": seat})
            return seat
    finally:
        await store.close()
