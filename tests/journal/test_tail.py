"""Following the journal: growth in any pieces, renames, truncation, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.journal import Batch, Tail, cut_lines, cut_records
from gateway.journal.tail import GRACE_S
from tests.journal.samples import raw

FIRST, SECOND = raw("answered"), raw("seat_hangs_up")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.csv"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def follow(path: Path, offsets: dict[str, int] | None = None, *, clock: Callable[[], float] | None = None) -> Tail:
    return Tail(path, cut_records, offsets or {}, batch_bytes=4096, clock=clock or Clock())


def drain(tail: Tail) -> list[Batch]:
    found = []
    while (batch := tail.poll()) is not None:
        found.append(batch)
    return found


def text(batches: list[Batch]) -> bytes:
    return b"".join(record for batch in batches for _, record in batch.records)


def test_nothing_there_yet_is_waited_for(path: Path) -> None:
    tail = follow(path)
    assert tail.poll() is None
    path.write_bytes(FIRST)
    assert text(drain(tail)) == FIRST
    tail.close()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.integers(0, len(FIRST)), max_size=8))
def test_growing_in_any_pieces_gives_each_record_once(path: Path, pieces: list[int]) -> None:
    path.unlink(missing_ok=True)
    path.touch()
    tail, found, last = follow(path), [], 0
    for end in [*sorted(pieces), len(FIRST)]:
        with path.open("ab") as file:
            file.write(FIRST[last:end])
        last = end
        found += drain(tail)
    tail.close()
    assert text(found) == FIRST
    assert [FIRST[offset : offset + len(r)] for b in found for offset, r in b.records] == [
        r for b in found for _, r in b.records
    ]


@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_a_restart_goes_on_where_the_store_stands(path: Path, stop_after: int) -> None:
    path.write_bytes(FIRST + SECOND)
    before = follow(path)
    seen = [batch for batch in (before.poll() for _ in range(stop_after)) if batch]
    before.close()
    after = follow(path, {batch.file_id: batch.end for batch in seen})
    assert text(seen) + text(drain(after)) == FIRST + SECOND
    after.close()


def test_a_line_written_into_the_old_file_after_the_rename_is_not_lost(path: Path, clock: Clock) -> None:
    path.write_bytes(FIRST[:1000])
    tail = follow(path, clock=clock)
    found = drain(tail)
    old = path.rename(path.with_name("journal-20261121.csv"))
    with old.open("ab") as file:
        file.write(FIRST[1000:])
    path.write_bytes(SECOND)
    found += drain(tail)
    assert text(found) == FIRST
    clock.now += GRACE_S + 1
    found += drain(tail)
    tail.close()
    assert text(found) == FIRST + SECOND


def test_a_file_renamed_while_nobody_read_is_read_first(path: Path) -> None:
    path.with_name("journal-20261120.csv").write_bytes(FIRST)
    path.write_bytes(SECOND)
    tail = follow(path)
    assert text(drain(tail)) == FIRST + SECOND
    tail.close()


def test_renamed_files_that_are_in_the_store_are_not_read_again(path: Path) -> None:
    path.write_bytes(FIRST)
    tail = follow(path)
    offsets = {batch.file_id: batch.end for batch in drain(tail)}
    tail.close()
    path.rename(path.with_name("journal.csv.1"))
    path.write_bytes(SECOND)
    tail = follow(path, offsets)
    assert text(drain(tail)) == SECOND
    tail.close()


def test_a_truncated_file_is_a_new_one(path: Path) -> None:
    path.write_bytes(FIRST)
    tail = follow(path)
    drain(tail)
    path.write_bytes(SECOND)
    assert text(drain(tail)) == SECOND
    tail.close()


def test_a_torn_end_of_a_renamed_file_does_not_hold_up_the_next(path: Path) -> None:
    path.with_name("journal-1.csv").write_bytes(FIRST + b'"CHAN_START","17')
    path.write_bytes(SECOND)
    tail = follow(path)
    assert text(drain(tail)) == FIRST + SECOND
    tail.close()


def test_a_batch_is_bounded(path: Path) -> None:
    path.write_bytes(FIRST * 5)
    tail = follow(path)
    assert max(batch.end - batch.records[0][0] for batch in drain(tail)) <= 4096
    tail.close()


def test_a_line_longer_than_a_batch_is_passed_over(path: Path) -> None:
    path.write_bytes(FIRST + b"x" * 9000)
    tail = follow(path)
    drain(tail)
    with path.open("ab") as file:
        file.write(b"\n" + SECOND)
    assert SECOND.splitlines()[-1] in text(drain(tail))
    tail.close()


async def test_a_new_line_is_seen_within_a_tenth_of_a_second(path: Path) -> None:
    tail = follow(path)
    waiting = asyncio.create_task(tail.next_batch())
    await asyncio.sleep(0.2)
    path.write_bytes(FIRST)
    assert (await asyncio.wait_for(waiting, 0.1)).records
    tail.close()


def test_the_seat_journal_is_followed_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "seats.jsonl"
    path.write_bytes(b'{"at": 1.5, "seat": "801", "event": "login"}\n{"at": 2')
    tail = Tail(path, cut_lines, {})
    assert len(drain(tail)[0].records) == 1
    tail.close()
