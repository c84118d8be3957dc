"""The routing table's versions, who changed what in them, uploaded sheets and spoken prompts.

A version's content is the snapshot's own JSON text: what was proved is, letter for letter, what is published.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.kinds import VersionKind, VersionState
from gateway.store.types import JsonValue, one_of

from .base import Base


class TableVersion(Base):
    """One version of the table, for ever. `revision` counts the edits of a draft; published ones never change.

    `authors`: everybody who has put a hand to it, and so may not be the second person. `findings`, `accepted`:
    what the proof said last, and which warnings were accepted by whom and why.
    """

    __tablename__ = "table_versions"
    __table_args__ = (Index("ix_table_versions_state", "state"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str]
    state: Mapped[VersionState] = mapped_column(one_of(VersionState))
    kind: Mapped[VersionKind] = mapped_column(one_of(VersionKind))
    content: Mapped[str]
    base: Mapped[int | None]  # the version it was made from
    restores: Mapped[int | None]  # a rollback: the version whose content it has
    revision: Mapped[int]
    authors: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    findings: Mapped[list[Any]] = mapped_column(JsonValue)
    accepted: Mapped[list[Any]] = mapped_column(JsonValue)
    changes: Mapped[int]  # fields, rows and others that differ from `base`
    checked_by: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    published_at: Mapped[datetime | None]
    reason: Mapped[str]
    retired_at: Mapped[datetime | None]


class TableHead(Base):
    """One row: the version in force. Every change of the table begins by locking it, so that they come one by one."""

    __tablename__ = "table_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(ForeignKey("table_versions.number"))
    version: Mapped[str]
    at: Mapped[datetime]


class TableEdit(Base):
    """One saved change of a draft. `undo`: the edits that take it back; `touched`: entity/key of what it changed."""

    __tablename__ = "table_edits"
    __table_args__ = (Index("ix_table_edits_number_revision", "number", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    number: Mapped[int] = mapped_column(ForeignKey("table_versions.number"))
    revision: Mapped[int]  # the draft's revision after it
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]
    undo: Mapped[list[Any]] = mapped_column(JsonValue)
    touched: Mapped[list[str]]


class TableImport(Base):
    """An uploaded sheet, read but not yet applied. `rows` are its cells as text."""

    __tablename__ = "table_imports"
    __table_args__ = (Index("ix_table_imports_at", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[list[Any]] = mapped_column(JsonValue)
    shown: Mapped[str]  # hash of the dry run that the uploader was shown
    applied_at: Mapped[datetime | None]


class PromptUpload(Base):
    """A recording that a person gave for a prompt, as the telephone plays it. The newest active one is played."""

    __tablename__ = "prompt_uploads"
    __table_args__ = (Index("ix_prompt_uploads_prompt_id", "prompt", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    prompt: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    name: Mapped[str]
    seconds: Mapped[float]
    sha256: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    active: Mapped[bool]
