"""Who looked at or changed what. Append-only: no function deletes a row, and none changes what it says (to seal the
number in a row of an older release does not)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.sealed import Encrypted, Held, OptionalSealedField

from .base import Base

_UNSEEN = text("private IS NULL")


class AuditEntry(Base):
    """`shown` may lie in the clear; a number that somebody can be called at is sealed in `private`, which is bound to
    the entry by `mark` (random: the entry's number is not known before it is written)."""

    __tablename__ = "audit"
    __sealed_key__ = "mark"
    __table_args__ = (
        Index("ix_audit_object", "object"),
        Index("ix_audit_who_id", "who", "id"),
        Index("ix_audit_unseen", "id", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    object: Mapped[str]
    ip: Mapped[str]
    shown: Mapped[dict[str, Any]] = mapped_column("detail")
    private_sealed: Mapped[Held | None] = mapped_column("private", Encrypted, default=None)
    mark: Mapped[str | None] = mapped_column(default=None)

    private = OptionalSealedField()

    @property
    def detail(self) -> dict[str, Any]:
        """Both together."""
        return _joined(self.shown, json.loads(self.private or "{}"))

    @detail.setter
    def detail(self, found: Mapping[str, Any]) -> None:
        self.shown, private = _split(found)
        self.mark = secrets.token_hex(8) if private else None
        self.private = json.dumps(private) if private else ""


def _split(found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A `number`, or the one of a `target` outside (`console.masking.whole_number`)."""
    shown, private = dict(found), {}
    if isinstance(found.get("number"), str) and found["number"]:
        private["number"] = shown.pop("number")
    target = found.get("target")
    if isinstance(target, Mapping) and target.get("kind") == "outside" and target.get("ref"):
        shown["target"] = {key: value for key, value in target.items() if key != "ref"}
        private["target"] = {"ref": target["ref"]}
    return shown, private


def _joined(shown: Mapping[str, Any], private: Mapping[str, Any]) -> dict[str, Any]:
    both = {**shown, **private}
    if "target" in private:
        both["target"] = {**shown["target"], **private["target"]}
    return both
