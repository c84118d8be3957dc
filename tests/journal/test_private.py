"""What of a journal line names a person: sealed or left out, and no record is another for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.journal import JournalEvent, reduce_call
from gateway.journal.private import joined, split, without_needless
from tests.journal.samples import FOLDER, events_in

SAMPLES = sorted(FOLDER.rglob("*.csv"))
NUMBER = "13800000000"


def calls(path: Path) -> list[list[JournalEvent]]:
    found: dict[str, list[JournalEvent]] = {}
    for event in events_in(path.read_bytes(), path.stem):
        found.setdefault(event.linkedid, []).append(event)
    return list(found.values())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_record_is_the_same_without_what_is_not_needed(path: Path) -> None:
    for events in calls(path):
        assert reduce_call(map(without_needless, events)) == reduce_call(events)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_nothing_that_lies_in_the_clear_holds_a_mobile_number_or_the_caller_s_name(path: Path) -> None:
    private = 0
    for events in calls(path):
        for event in map(without_needless, events):
            shown, sealed = split(event.detail)
            assert "13800000" not in str(shown) and "1390000000" not in str(shown) and "cid_name" not in str(shown)
            assert joined(shown, sealed) == event.detail
            private += bool(sealed)
    assert 0 < private <= 6 * len(calls(path)) + 2  # few lines of a call cost a seal


TEXT = st.sampled_from(["", "801", NUMBER, f"{NUMBER}@trunk-x", "seat-801"])
FIELDS = st.dictionaries(st.sampled_from(["caller", "number", "diversions", "target", "who", "hotline", "n"]), TEXT)
DETAIL = st.fixed_dictionaries({}, optional={"cid_num": TEXT, "exten": TEXT, "fields": FIELDS, "extra": FIELDS})


@given(DETAIL)
@settings(max_examples=200, deadline=None)
def test_both_parts_together_are_the_whole(detail: dict[str, Any]) -> None:
    before = {**detail}
    shown, sealed = split(detail)
    assert joined(shown, sealed) == detail == before
    assert NUMBER not in str({key: shown.get("fields", {}).get(key) for key in ("caller", "number", "target", "who")})


def test_a_seat_s_or_unit_s_name_stays_readable() -> None:
    fields = {"target": "seat-801", "who": "12333", "role": "expert"}
    assert split({"fields": fields}) == ({"fields": fields}, {})
    outside = {"target": f"{NUMBER}@trunk-carrier", "who": NUMBER, "role": "outside"}
    assert split({"fields": outside})[0] == {"fields": {"role": "outside"}}
