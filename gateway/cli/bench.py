"""`./hotline bench calls|media|seats|threeway`: what it costs, measured here and now beside the same flow without us.

In: rounds, seconds, rates or counts, all bounded. Out: tables, or JSON with ratios. Exit 1: a figure misses what the
issue asks for, 2: wrong use, 3: something needed is away. Never: touches the running installation's state.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from typing import Any

from gateway.errors import HotlineError

MAX_ROUNDS, MAX_SECONDS, MAX_RATE, MAX_MEDIA, MAX_THREE = 20, 60.0, 1000.0, 1000, 200


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `bench` command."""
    parser = subparsers.add_parser("bench", help="measure calls, media or the seat dispatch on this machine")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    calls = kinds.add_parser("calls", help="CPU per call, decision time, failures by rate; needs sipp")
    calls.add_argument("--rounds", type=_upto(int, MAX_ROUNDS), default=3, help="of each flow, in turn (default 3)")
    calls.add_argument("--seconds", type=_upto(float, MAX_SECONDS), default=6.0, help="of each run (default 6)")
    calls.add_argument("--rates", type=_numbers(MAX_RATE), help="calls/s, such as 50,100,150 (default up to 300)")
    media = kinds.add_parser("media", help="bridged and recorded calls with sound both ways; needs sipp")
    media.add_argument("--counts", type=_numbers(MAX_MEDIA), help="calls at once (default 50,100,… up to 300)")
    media.add_argument("--seconds", type=_upto(float, MAX_SECONDS), default=10.0, help="of talk (default 10)")
    seats = kinds.add_parser("seats", help="the dispatch at 500 waiting × 1000 seats × 30 skills")
    seats.add_argument("--rounds", type=_upto(int, MAX_ROUNDS * 5), default=15, help="scenes (default 15)")
    three = kinds.add_parser("threeway", help="three-way calls at once, recorded, beside plain conferences; needs sipp")
    three.add_argument("--calls", type=_upto(int, MAX_THREE), default=50, help="at once (default 50)")
    three.add_argument("--seconds", type=_upto(float, MAX_SECONDS), default=10.0, help="of three-way talk (default 10)")
    for kind in (calls, media, seats, three):
        kind.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 measured and as asked for, 1 a figure is not, 3 something needed is away."""
    try:
        result, words = _measure(args)
    except (HotlineError, OSError) as error:
        sys.stderr.write(f"bench {args.kind}: {error}\n")
        return 3
    sys.stdout.write((json.dumps(result, ensure_ascii=False, indent=1) + "\n") if args.json else words)
    return 0 if result["ok"] else 1


def _measure(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    bench = importlib.import_module(f"bench.{args.kind}")
    if args.kind == "seats":
        result = bench.measure(args.rounds)
    elif args.kind == "threeway":
        result = bench.measure(args.calls, args.seconds, _tell)
    elif args.kind == "calls":
        result = bench.measure(args.rounds, args.seconds, args.rates or bench.RATES, _tell)
    else:
        result = bench.measure(args.seconds, [round(count) for count in args.counts or bench.COUNTS], _tell)
    return result, bench.show(result)


def _tell(line: str) -> None:
    sys.stderr.write(f"  {line}\n")
    sys.stderr.flush()


def _upto(kind: type[int] | type[float], most: float) -> Any:
    def parse(text: str) -> float:
        value = kind(text)
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"must be above 0 and up to {most:g}")
        return value

    return parse


def _numbers(most: float) -> Any:
    one = _upto(float, most)

    def parse(text: str) -> list[float]:
        return [one(word) for word in text.split(",")]

    return parse
