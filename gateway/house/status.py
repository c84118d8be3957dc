"""`./hotline status`: each part, does it serve, its version, since when.

In: settings. Out: a table or JSON. Exit 0 all serve, 1 one does not. Never: starts or mends anything.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from gateway.config import ConfigError, load_config
from gateway.house.parts import reports


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "status",
        help="each part: does it run, since when, which version",
        description="Each part and whether it serves.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    try:
        config = load_config(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = reports(config)
    fine = all(report.ok for report in found)
    if args.json:
        sys.stdout.write(
            json.dumps({"ok": fine, "parts": [r.as_json() for r in found]}, ensure_ascii=False, indent=1) + "\n"
        )
    else:
        for r in found:
            sys.stdout.write(
                f"  {'ok ' if r.ok else 'NO '} {r.name:<9} {r.state:<9} {r.version:<32} {r.since:<26} {r.detail}\n"
            )
    return 0 if fine else 1
