"""`./hotline test`: what it runs, how it counts, what it says."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from gateway.config import CHECKOUT
from gateway.house.progress import quiet
from gateway.house.selftest import keep_seconds, known_seconds, report
from gateway.house.testjobs import TESTS, Job, group_paths, groups, pytest_command
from gateway.house.testrun import Counts, Ran, Runner, how_far, judge, read_report


def test_every_test_file_is_in_exactly_one_group() -> None:
    paths = [TESTS / path for group in group_paths().values() for path in group]
    times = {file: sum(path in (file, *file.parents) for path in paths) for file in TESTS.rglob("test_*.py")}
    assert [str(file) for file, number in times.items() if number != 1] == []
    assert all(path.exists() for path in paths)


def test_a_new_rooms_tests_are_not_forgotten(tmp_path: Path) -> None:
    for file in (
        "weather/test_rain.py",
        "pages/test_journey.py",
        "pages/test_talk_journey.py",
        "pages/test_new.py",
        "kit/test_phone.py",
        "test_x.py",
    ):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    found = group_paths(tmp_path)
    assert (found["rooms"], found["pages"]) == (["test_x.py", "weather"], ["pages/test_new.py"])


def test_groups_share_neither_ports_nor_folders(tmp_path: Path) -> None:
    jobs = groups(tmp_path)
    ranges = sorted(tuple(map(int, job.env["TEST_PORTS"].split("-"))) for job in jobs)
    assert all(one[1] <= other[0] for one, other in zip(ranges, ranges[1:], strict=False))
    assert ranges[-1][1] < 32768
    assert len({next(word for word in job.command if word.startswith("--basetemp=")) for job in jobs}) == len(jobs)


def test_no_setting_of_an_installation_reaches_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", "postgresql+asyncpg://live")
    assert [name for job in groups(tmp_path) for name in job.env if name.startswith("HOTLINE_")] == []


@pytest.mark.parametrize(
    ("found", "code", "counts", "trouble"),
    [
        (Counts(3), 0, Counts(3), ""),
        (Counts(3, 1, 2), 1, Counts(3, 1, 2), ""),
        (Counts(3), 1, Counts(3, 1), "exit code 1, though no test failed"),
        (Counts(), 5, Counts(0, 1), "ran no test"),
        (Counts(0, 0, 9), 0, Counts(0, 1, 9), "ran no test"),
        (None, -9, Counts(0, 1), "ended with -9 and without a report"),
        (None, 0, Counts(0, 1), "ended with 0 and without a report"),
    ],
)
def test_a_group_that_ran_nothing_or_died_is_a_failure(
    found: Counts | None, code: int, counts: Counts, trouble: str
) -> None:
    assert judge(found, code, has_report=True) == (counts, trouble)


def test_a_check_counts_as_one() -> None:
    assert judge(None, 0, has_report=False) == (Counts(1), "")
    assert judge(None, 1, has_report=False) == (Counts(0, 1), "exit code 1")


def test_the_last_line_is_the_counts_after_the_failures_in_full(tmp_path: Path) -> None:
    out = io.StringIO()
    ran = [Ran("rooms", Counts(4, 0, 1), 2.0, 1.0, "dots"), Ran("store", Counts(2, 1), 3.0, 1.0, "E  assert 1 == 2")]
    report(ran, 61.0, tmp_path, out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "6 passed, 1 failed, 1 skipped"
    assert "E  assert 1 == 2" in lines
    assert "dots" not in lines
    assert str(Counts(7)) == "7 passed, 0 failed"


FILE = """
import pytest

def test_fine():
    pass

def test_wrong():
    assert {first} == 2

@pytest.fixture
def broken():
    yield
    raise RuntimeError("teardown")

def test_breaks_afterwards(broken):
    pass

def test_left_out():
    pytest.skip("not here")
"""


def pytest_job(name: str, folder: Path, text: str, *, lane: int = 0) -> Job:
    file = folder / f"test_{name}.py"
    file.write_text(text)
    xml = folder / f"{name}.xml"
    command = pytest_command(xml, ["-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder}", str(file)])
    alone = {"PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # they take seconds to load
    return Job(name, command, {**os.environ, **alone}, folder, xml, lane)


def test_jobs_are_run_and_counted(tmp_path: Path) -> None:
    jobs = [
        pytest_job("one", tmp_path, FILE.format(first=1)),
        pytest_job("two", tmp_path, "def test_it():\n    pass\n", lane=1),
        pytest_job("none", tmp_path, "import nothing_of_that_name\n"),
        Job("check", (sys.executable, "-c", "raise SystemExit('untidy')"), dict(os.environ)),
    ]
    told: list[str] = []
    ran = {one.name: one for one in Runner(jobs, tmp_path, lambda one: told.append(one.name), quiet).run()}
    assert sorted(told) == sorted(ran) == ["check", "none", "one", "two"]
    assert ran["one"].counts == Counts(1, 2, 1)  # what breaks after its test has not passed
    assert "assert 1 == 2" in ran["one"].output
    assert ran["two"].counts == Counts(1)
    assert ran["none"].counts.failed == 1
    assert (ran["check"].counts, "untidy" in ran["check"].output) == (Counts(0, 1), True)


def test_what_took_longest_is_begun_first_and_two_others_run_at_once(tmp_path: Path) -> None:
    meet = "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\nend = time.monotonic() + 20\n"
    meet += "while not pathlib.Path(sys.argv[2]).exists():\n    assert time.monotonic() < end\n    time.sleep(0.05)\n"
    jobs = [Job(name, (sys.executable, "-c", "pass"), dict(os.environ), tmp_path) for name in ("short", "new")] + [
        Job(one, (sys.executable, "-c", meet, one, other), dict(os.environ), tmp_path)
        for one, other in (("long", "longer"), ("longer", "long"))
    ]
    file = tmp_path / "seconds.json"
    assert known_seconds(file) == {}
    keep_seconds([Ran("short", Counts(1), 1.0, 0, ""), Ran("long", Counts(1), 5, 0, "")], file)
    known = known_seconds(file) | {"longer": 6.0}
    ran = Runner(jobs, tmp_path, lambda _one: None, quiet, known).run()
    assert {one.name: one.ok for one in ran} == dict.fromkeys(("longer", "long", "short", "new"), True)
    file.write_text("[1")
    assert known_seconds(file) == {}


def test_progress_is_what_pytest_has_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert how_far(log) == ""
    log.write_text("plugins: x\ncollected 78 items\n\ntests/kit/test_a.py ..")
    assert how_far(log) == "2/78"
    log.write_text("collected 78 items\n\ntests/kit/test_a.py ...   [ 3/78]\ntests/kit/test_b.py .F")
    assert how_far(log) == "5/78"


def test_a_half_written_report_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("<testsuites><testsuite tests='3'")
    assert read_report(tmp_path / "x.xml") is None


def test_an_interrupted_run_lets_the_tests_clean_up(tmp_path: Path) -> None:
    slow = (
        "import pathlib, time, pytest\n@pytest.fixture\ndef held():\n    pathlib.Path('begun').touch()\n    yield\n"
        "    pathlib.Path('cleaned').touch()\ndef test_slow(held):\n    time.sleep(60)\n"
    )
    runner = Runner([pytest_job("slow", tmp_path, slow)], tmp_path, lambda _one: None, quiet)

    def interrupt() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.05)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in a shell's background ignores it
    try:
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            runner.run()
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "cleaned").exists()
