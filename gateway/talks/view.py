"""A talk as pages see it.

In: a talk, the last notice. Out: JSON of a call's `talk` (ARCHITECTURE.md, Control socket). Never: a caller's number,
which the call's own view shows masked or not.
"""

from __future__ import annotations

from typing import Any

from gateway.live import iso
from transfer.talk import CALLER, Party, Talk, Unanswered, allowed


def as_json(talk: Talk, notice: dict[str, Any] | None) -> dict[str, Any]:
    """`conductor`: seat id or null; `verbs`: what it may ask for now; `ringing`: the party whose phone rings."""
    seat = talk.seat
    return {
        "conductor": seat.who if seat is not None else None,
        "parties": [_party(party) for party in talk.parties],
        "verbs": [verb.value for verb in allowed(talk)],
        "ringing": talk.trying.party if talk.trying is not None else None,
        "unanswered": _unanswered(talk.unanswered),
        "notice": None if notice is None else notice | {"at": iso(notice["at"])},
    }


def _unanswered(found: Unanswered | None) -> dict[str, Any] | None:
    """That no expert has answered, as long as none has come after all."""
    if found is None:
        return None
    return {"at": iso(found.at), "by": found.by, "roster": found.roster, "tried": list(found.tried)}


def _party(party: Party) -> dict[str, Any]:
    return {
        "id": party.id,
        "role": party.role.value,
        "who": "" if party.id == CALLER else party.who,
        "name": party.name,
        "place": party.place.value,
        "verb": party.verb.value,
        "since": iso(party.since),
    }
