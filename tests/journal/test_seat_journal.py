from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.journal import JournalError, PbxResync, SeatEventLine, cut_lines, parse_seat_line


def test_a_line_is_an_event_with_its_time() -> None:
    line = '{"at": 1795296911.5, "seat": "801", "event": "pause", "reason": "午餐", "by": "zhang"}\n'.encode()
    event = parse_seat_line(line, "f", 3)
    assert isinstance(event, SeatEventLine)
    assert (event.seat, event.event, event.reason, event.by, event.offset) == ("801", "pause", "午餐", "zhang", 3)
    assert event.at == datetime.fromtimestamp(1795296911.5, UTC)


def test_a_resync_says_which_calls_there_were() -> None:
    found = parse_seat_line(b'{"at": 1.5, "seat": null, "event": "pbx_resync", "alive": ["hl1-1.1"]}\n', "f", 0)
    assert found == PbxResync(datetime.fromtimestamp(1.5, UTC), frozenset({"hl1-1.1"}))


@pytest.mark.parametrize("alive", ["", ', "alive": null', ', "alive": "hl1-1.1"', ', "alive": [1]', ', "alive": {}'])
def test_a_resync_that_does_not_say_it_is_refused(alive: str) -> None:
    """Taken for an empty list it would end all calls."""
    with pytest.raises(JournalError):
        parse_seat_line(f'{{"at": 1.5, "seat": null, "event": "pbx_resync"{alive}}}\n'.encode(), "f", 0)


def test_half_a_line_waits() -> None:
    cut = cut_lines(b'{"a":1}\n{"b"')
    assert cut.records == ((0, b'{"a":1}\n'),) and cut.consumed == 8


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b'{"at":"x","seat":"1","event":"login"}\n', b'{"at":1}\n', b"\xff\n"])
def test_rubbish_is_refused(line: bytes) -> None:
    with pytest.raises(JournalError):
        parse_seat_line(line, "f", 0)
