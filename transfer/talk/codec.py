"""A talk as one line of ASCII for a channel variable of the caller, so that a restarted gateway goes on where it was.

In: a talk, or the line. Out: the other. Never: a guess: what is not ours is `TalkError`, and the driver asks the PBX.
"""

import json
from dataclasses import asdict, replace
from typing import Any

from transfer.target import PartyRole, Target, TargetKind

from .model import CALLER, Party, Place, Talk, Trying, Unanswered, Verb

MAX_CHARS = 1000  # Asterisk drops an action's line of more than 1023 bytes, and with it the memory
_VERSION = 2  # 1 had the parties' keys in every row: six of them did not fit
_PARTY = ("id", "role", "who", "name", "device", "place", "verb", "since")
_TARGET = ("kind", "ref", "device", "role", "name")
_NAME_CHARS = (8, 4, 0)


class TalkError(ValueError):
    """The line is not a talk of ours."""


def dump(talk: Talk) -> str:
    """The line. Before it grows too long those tried last and who was tried are left out, then names are cut, in the
    end left out."""
    rest = len(talk.trying.rest) if talk.trying else 0
    line = _line(talk, rest)
    while len(line) > MAX_CHARS and rest:
        rest -= 1
        line = _line(talk, rest)
    if len(line) > MAX_CHARS:
        talk = _without_tried(talk)
        line = _line(talk, rest)
    for name in _NAME_CHARS:
        if len(line) > MAX_CHARS:
            line = _line(talk, rest, name)
    return line


def _without_tried(talk: Talk) -> Talk:
    return replace(
        talk,
        trying=replace(talk.trying, tried=()) if talk.trying else None,
        unanswered=replace(talk.unanswered, tried=()) if talk.unanswered else None,
    )


def _line(talk: Talk, rest: int, name: int | None = None) -> str:
    short = [replace(party, name=party.name[:name], since=round(party.since, 3)) for party in talk.parties]
    rows = {
        "v": _VERSION,
        "call": talk.call,
        "parties": [[getattr(party, field) for field in _PARTY] for party in short],
        "conductor": talk.conductor,
        "trying": _trying_row(talk.trying, rest) if talk.trying else None,
        "made": talk.made,
        "over": talk.over,
        "unanswered": asdict(talk.unanswered) if talk.unanswered else None,
    }
    return json.dumps(rows, separators=(",", ":"))


def _trying_row(trying: Trying, rest: int) -> dict[str, Any]:
    targets = [[getattr(target, field) for field in _TARGET] for target in trying.rest[:rest]]
    who = {"by": trying.by, "verb": trying.verb, "party": trying.party}
    return {**who, "rest": targets, "roster": trying.roster, "tried": trying.tried}


def load(line: str) -> Talk:
    """The talk that `dump` wrote. Raises TalkError for anything else."""
    try:
        rows = json.loads(line)
        if rows["v"] not in (1, _VERSION):
            raise TalkError(f"version {rows['v']}")
        parties = tuple(_party(row) for row in rows["parties"])
        if not parties or parties[0].id != CALLER:
            raise TalkError("no caller")
        trying = _trying(rows["trying"]) if rows["trying"] else None
        unanswered = _unanswered(rows["unanswered"]) if rows.get("unanswered") else None  # none in a former release
        return Talk(
            *(str(rows["call"]), parties, str(rows["conductor"]), trying, int(rows["made"]), bool(rows["over"])),
            unanswered=unanswered,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TalkError(f"not a talk: {error!r}") from error


def _named(row: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """A row with its keys: version 1 wrote them."""
    return dict(zip(fields, row, strict=True)) if isinstance(row, list) else dict(row)


def _party(found: Any) -> Party:
    row = _named(found, _PARTY)
    return Party(
        id=str(row["id"]),
        role=PartyRole(row["role"]),
        who=str(row["who"]),
        name=str(row["name"]),
        device=str(row["device"]),
        place=Place(row["place"]),
        verb=Verb(row["verb"]),
        since=float(row["since"]),
    )


def _trying(row: dict[str, Any]) -> Trying:
    rest = tuple(_target(each) for each in row["rest"])
    tried = tuple(str(name) for name in row.get("tried", ()))
    return Trying(str(row["by"]), Verb(row["verb"]), str(row["party"]), rest, str(row.get("roster", "")), tried)


def _unanswered(row: dict[str, Any]) -> Unanswered:
    return Unanswered(float(row["at"]), str(row["by"]), str(row["roster"]), tuple(str(name) for name in row["tried"]))


def _target(found: Any) -> Target:
    row = _named(found, _TARGET)
    return Target(
        TargetKind(row["kind"]), str(row["ref"]), str(row["device"]), PartyRole(row["role"]), str(row["name"])
    )
