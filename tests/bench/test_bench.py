"""The bench itself: bounded, honest, and against the real Asterisk and gateway."""

import json
from argparse import ArgumentParser

import pytest

from bench import calls, media, seats
from bench.flows import NAMES, Flow
from gateway.cli import bench as command


def parse(*words: str) -> object:
    parser = ArgumentParser()
    command.register(parser.add_subparsers())
    return parser.parse_args(["bench", *words])


@pytest.mark.parametrize(
    "words",
    [
        ("seats", "--rounds", "0"),
        ("calls", "--seconds", "3600"),
        ("calls", "--rates", "50,100000"),
        ("media", "--counts", "1,x"),
        ("threeway", "--calls", "100000"),
        ("everything",),
        (),
    ],
)
def test_what_is_not_bounded_is_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(*words)
    assert refused.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_dispatch_bench_compares_with_the_reference_and_says_whether_they_agree() -> None:
    result = seats.measure(1)
    assert [case["same"] for case in result["cases"]] == [True, True]
    assert json.loads(json.dumps(result))["cases"][0]["offers"] > 400
    assert "full house" in seats.show(result)


@pytest.mark.system
def test_all_three_flows_reach_a_seat_and_are_measured() -> None:
    told: list[str] = []
    result = calls.measure(1, 1.0, [10.0], told.append)
    by_flow = {row["flow"]: row for row in result["cost"]}
    assert set(by_flow) == set(NAMES.values())
    assert all(row["failed"] == 0 and row["p50_ms"] > -5 for row in by_flow.values())
    assert by_flow[NAMES[Flow.OURS]]["gateway_ms"] > 0 == by_flow[NAMES[Flow.BARE]]["gateway_ms"]
    assert by_flow[NAMES[Flow.PROCESS]]["ratio"] > by_flow[NAMES[Flow.BARE]]["ratio"] == 1.0
    ladder = [(row["flow"], row["rate"], row["failed"]) for row in result["rates"]]
    assert (NAMES[Flow.OURS], 10.0, 0) in ladder and (NAMES[Flow.BARE], 10.0, 0) in ladder
    assert json.loads(json.dumps(result)) and calls.show(result) and told


@pytest.mark.system
def test_talking_calls_are_recorded_whole_in_both_houses() -> None:
    result = media.measure(2.0, [4], lambda _line: None)
    last_try = {row["flow"]: row for row in result["steps"]}
    assert set(last_try) == {NAMES[Flow.OURS], NAMES[Flow.BARE]}
    for row in last_try.values():
        assert (row["recordings"], row["broken"]) == (4, "")
        assert row["worst_off_s"] < 0.2
    assert json.loads(json.dumps(result)) and media.show(result)
