"""The life of the table's versions: draft → checked → published → retired, and back by a rollback. The acts' face.

In: a session (one transaction is one act), who acts and when, edits, facts for the proof. Out: version rows; a typed
refusal otherwise. Never: half an act, a lost edit, a published version that changes, or an act without its entry in
the audit. Every function that writes begins by `lock_table`, so that two admins come one after the other.
"""

from gateway.tables.acting import REASON_MAX, Actor, EditConflictError, ProofError, SecondPersonError
from gateway.tables.contents import (
    changes_between,
    draft_table,
    edited_table,
    edits_between,
    published_table,
    read_content,
)
from gateway.tables.drafts import as_record, discard, edit_draft, rebase, start_draft
from gateway.tables.proving import accept_warnings, finding_record, open_warnings, prove_draft, submit
from gateway.tables.publishing import publish, rollback, take_in

__all__ = [
    "REASON_MAX",
    "Actor",
    "EditConflictError",
    "ProofError",
    "SecondPersonError",
    "accept_warnings",
    "as_record",
    "changes_between",
    "discard",
    "draft_table",
    "edit_draft",
    "edited_table",
    "edits_between",
    "finding_record",
    "open_warnings",
    "prove_draft",
    "publish",
    "published_table",
    "read_content",
    "rebase",
    "rollback",
    "start_draft",
    "submit",
    "take_in",
]
