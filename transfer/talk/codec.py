"""A talk as one line of ASCII for a channel variable of the caller, so that a restarted gateway goes on where it was.

In: a talk, or the line. Out: the other. Never: a guess: what is not ours is `TalkError`, and the driver asks the PBX.
"""

import json
from dataclasses import asdict
from typing import Any

from transfer.target import PartyRole, Target, TargetKind

from .model import CALLER, Party, Place, Talk, Trying, Unanswered, Verb

MAX_CHARS = 3000  # AMI answers Getvar with up to 4096
_VERSION = 1


class TalkError(ValueError):
    """The line is not a talk of ours."""


def dump(talk: Talk) -> str:
    """The line. Those still to be tried are left out, and names are cut, before it grows too long."""
    rows = asdict(talk)
    line = _line(rows)
    if len(line) > MAX_CHARS and rows["trying"]:
        rows["trying"]["rest"] = rows["trying"]["tried"] = ()
        line = _line(rows)
    if len(line) > MAX_CHARS:
        rows["parties"] = [row | {"name": row["name"][:8]} for row in rows["parties"]]
        line = _line(rows)
    return line


def _line(rows: dict[str, Any]) -> str:
    return json.dumps({"v": _VERSION, **rows}, separators=(",", ":"))


def load(line: str) -> Talk:
    """The talk that `dump` wrote. Raises TalkError for anything else."""
    try:
        rows = json.loads(line)
        if rows["v"] != _VERSION:
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


def _party(row: dict[str, Any]) -> Party:
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


def _target(row: dict[str, Any]) -> Target:
    return Target(
        TargetKind(row["kind"]), str(row["ref"]), str(row["device"]), PartyRole(row["role"]), str(row["name"])
    )
