"""`./hotline deadline`: when a step of an order is due under a policy profile, and why, line by line.

In: profile, category, source, difficulty, step, a moment, extensions, perhaps another law's limit. Out: the due moment
and the reckoning. Exit 1: the profile has no such limit or refuses the extension (with the rule's name); 2 wrong use;
3 no readable calendar or profiles. Never: needs a database or a running gateway.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.config import load_config
from gateway.errors import CallerFaultError
from gateway.orders.calendar import load_days, load_profiles
from workorder.asking import Deadline, Explained, Extension, Matter, Override, Question, Refused
from workorder.clock import answer
from workorder.days import city_time
from workorder.limits import parse_limit
from workorder.model import Category
from workorder.profile import Difficulty, Profile, Step
from workorder.words import CATEGORY_WORDS, DIFFICULTY_WORDS, read_category, read_difficulty, read_step

_SOURCE = re.compile(r"[0-9]{3,12}", re.ASCII)
MAIN_SOURCE = "12345"
ISO = "write 2026-10-10T09:30 or 2026-10-10T09:30+08:00"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `deadline` command."""
    parser = subparsers.add_parser(
        "deadline",
        help="when a step of an order is due, and why",
        description="When a step of an order is due under a policy profile, and why, line by line. "
        "Exit 1 with the rule's name when the profile has no such limit or refuses the extension.",
    )
    parser.add_argument("--profile", required=True, metavar="P", help="karamay, qingpu-water, liaoning, changzhou, …")
    parser.add_argument(
        "--category",
        metavar="C",
        default="",
        help="投诉 or complaint, …; also a difficulty (疑难) or source/difficulty (12319/复杂)",
    )
    parser.add_argument("--source", metavar="N", help="where the order came from (default: 12345)")
    parser.add_argument("--difficulty", metavar="D", help="简单 紧急 复杂 疑难, or simple urgent complex hard")
    parser.add_argument("--enforcement", action="store_true", help="an enforcement case (行政执法案件)")
    parser.add_argument("--step", metavar="S", default="handle", help=f"{', '.join(Step)} (default: handle)")
    parser.add_argument("--at", metavar="ISO", help="when it came in (default: now); without an offset it is city time")
    parser.add_argument(
        "--extend",
        metavar="N[@ISO]",
        action="append",
        default=[],
        help="an extension by N working days, perhaps with the moment of its application; repeat it",
    )
    parser.add_argument("--override", metavar="LIMIT", help="another law's limit, such as '7 WD'; needs --basis")
    parser.add_argument("--basis", metavar="TEXT", default="", help="the basis of --override")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 due, 1 refused, 2 wrong use."""
    config = load_config(os.environ)
    profiles = load_profiles(config.profiles_dir)
    profile = profiles.get(args.profile)
    if profile is None:
        raise CallerFaultError(f"--profile {args.profile!r}: there are {', '.join(profiles)}")
    found = answer(profile, load_days(config), question(args))
    if isinstance(found, Deadline):
        sys.stdout.write((as_json(found) if args.json else as_text(found, profile)) + "\n")
        return 0
    if args.json:
        document = {"due": None, "rule": found.rule, "why": found.why, "profile_version": profile.version}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    sys.stderr.write(f"{found.rule}: {found.why}{_remedy(found)}\n")
    return 2 if found.missing else 1


def question(args: argparse.Namespace) -> Question:
    """What the words ask. Raises CallerFaultError, which names the word that is wrong."""
    step = read_step(args.step)
    if step is None:
        raise CallerFaultError(f"--step {args.step!r}: there are {', '.join(Step)}")
    return Question(
        step=step,
        matter=_matter(args),
        at=_moment("--at", args.at) if args.at else datetime.now(UTC),
        extensions=tuple(_extension(word) for word in args.extend),
        override=_override(args.override, args.basis),
    )


@dataclass(slots=True)
class _Words:
    """What `--category` may hold at once."""

    category: Category | None = None
    difficulty: Difficulty | None = None
    source: str | None = None


def _matter(args: argparse.Namespace) -> Matter:
    words = _category_words(args.category)
    difficulty = words.difficulty
    if args.difficulty is not None:
        difficulty = read_difficulty(args.difficulty)
        if difficulty is None:
            raise CallerFaultError(f"--difficulty {args.difficulty!r}: there are {_say(DIFFICULTY_WORDS)}")
        if words.difficulty not in (None, difficulty):
            raise CallerFaultError(f"--category {args.category!r} and --difficulty {args.difficulty!r} differ")
    if args.source is not None and not _SOURCE.fullmatch(args.source):
        raise CallerFaultError(f"--source {args.source!r}: a number such as 12345 or 12319")
    if args.source is not None and words.source not in (None, args.source):
        raise CallerFaultError(f"--category {args.category!r} and --source {args.source!r} differ")
    return Matter(words.category, args.source or words.source or MAIN_SOURCE, difficulty, args.enforcement)


def _category_words(text: str) -> _Words:
    """`投诉`, `疑难`, `12319/复杂`, `12345/投诉/疑难`: each kind of word at most once."""
    words = _Words()
    for word in text.split("/") if text else ():
        category, difficulty = read_category(word), read_difficulty(word)
        if category is not None and words.category is None:
            words.category = category
        elif difficulty is not None and words.difficulty is None:
            words.difficulty = difficulty
        elif _SOURCE.fullmatch(word.strip()) and words.source is None:
            words.source = word.strip()
        else:
            known = f"{_say(CATEGORY_WORDS)}; {_say(DIFFICULTY_WORDS)}"
            raise CallerFaultError(f"--category {text!r}: {word!r} is not known; there are {known}")
    return words


def _moment(option: str, text: str) -> datetime:
    try:
        return city_time(datetime.fromisoformat(text))
    except ValueError:
        raise CallerFaultError(f"{option} {text!r}: not a moment; {ISO}") from None


def _extension(word: str) -> Extension:
    days, _, applied = word.partition("@")
    if not (days.isascii() and days.isdigit() and 0 < len(days) <= 4 and int(days)):
        raise CallerFaultError(f"--extend {word!r}: a number of working days, such as 10 or 15@2026-10-10T09:30")
    return Extension(int(days), _moment("--extend", applied) if applied else None)


def _override(limit: str | None, basis: str) -> Override | None:
    if limit is None:
        if basis:
            raise CallerFaultError("--basis is the basis of --override, which is missing")
        return None
    if not basis.strip():
        raise CallerFaultError("--override needs --basis: the law or order that sets the limit")
    try:
        return Override(parse_limit(limit), basis)
    except ValueError as error:
        raise CallerFaultError(f"--override: {error}") from None


def _say(words: Mapping[Category, str] | Mapping[Difficulty, str]) -> str:
    return ", ".join(f"{chinese} {word}" for word, chinese in words.items())


def _remedy(refused: Refused) -> str:
    return f" (give --{refused.missing})" if refused.missing else ""


def as_json(deadline: Deadline) -> str:
    """`provisional` is there when it is true: the year's notice is not known, the moment may move."""
    document: dict[str, object] = {
        "due": deadline.due.isoformat(),
        "limit": str(deadline.limit),
        "profile_version": deadline.profile_version,
        "steps": [
            {"rule": step.rule, "from": step.from_.isoformat(), "to": step.to.isoformat(), "why": step.why}
            for step in deadline.steps
        ],
    }
    if deadline.provisional:
        document["provisional"] = True
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_text(deadline: Deadline, profile: Profile) -> str:
    provisional = "  (provisional: a year's notice is not published)" if deadline.provisional else ""
    lines = [f"due {deadline.due:%Y-%m-%d %H:%M:%S %z}  limit {deadline.limit}{provisional}"]
    lines += [_line(step) for step in deadline.steps]
    return "\n".join([*lines, f"《{profile.title}》 profile {deadline.profile_version}"])


def _line(step: Explained) -> str:
    return f"  {step.from_:%m-%d %H:%M} → {step.to:%m-%d %H:%M}  {step.why}  [{step.rule}]"
