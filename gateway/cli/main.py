"""The dispatcher of `./hotline`: finds the module of the named command and hands over.

In: arguments. Out: the command's exit code: 0 done, 1 the answer is no, 2 wrong use, 3 something needed is away.
Never: imports a command that was not named, so that `route` starts without the database's libraries.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.settings import add_saved_settings
from gateway.errors import CallerFaultError, HotlineError

COMMANDS = {
    "up": "gateway.house.up",
    "down": "gateway.house.down",
    "status": "gateway.house.status",
    "doctor": "gateway.house.doctor",
    "test": "gateway.house.selftest",
    "route": "gateway.cli.route",
    "table": "gateway.cli.table",
    "deadline": "gateway.cli.deadline",
    "calls": "gateway.cli.calls",
    "seat": "gateway.cli.seat",
    "roster": "gateway.cli.roster",
    "prompts": "gateway.cli.prompts",
    "keys": "gateway.cli.keys",
    "bench": "gateway.cli.bench",
}
ON_THEIR_OWN = {"test", "bench"}  # these bring their own installations; what `up` was given is not for them
PASS_ON = {"test"}  # unknown arguments are for pytest


def main(arguments: Sequence[str]) -> int:
    """Run one command. A command's own errors come out as one line on standard error."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write((Path(__file__).with_name("help.txt")).read_text("utf-8"))
        return 0 if arguments else 2
    name = arguments[0]
    module = COMMANDS.get(name)
    if module is None:
        sys.stderr.write(f"hotline: no command {name!r}; there are {', '.join(COMMANDS)}\n")
        return 2
    if name not in ON_THEIR_OWN:
        add_saved_settings(os.environ)
    try:
        return _run(name, module, arguments)
    except BrokenPipeError:  # `./hotline calls | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except CallerFaultError as error:
        sys.stderr.write(f"hotline {name}: {error}\n")
        return 2
    except HotlineError as error:
        sys.stderr.write(f"hotline {name}: {error}\n")
        return 3


def _run(name: str, module: str, arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="hotline", allow_abbrev=False)
    subparsers = parser.add_subparsers(required=True)
    importlib.import_module(module).register(subparsers)
    args, rest = parser.parse_known_args(arguments)
    if rest and name not in PASS_ON:
        parser.error(f"{name}: unknown arguments {' '.join(rest)}")
    args.rest = rest
    code: int = args.func(args)
    sys.stdout.flush()
    return code
