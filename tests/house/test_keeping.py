"""Small parts of the house: logs, stamps, versions, supervisor's file, the doctor."""

from __future__ import annotations

import argparse
import configparser
from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.errors import CallerFaultError, FatalError, RetryableError
from gateway.house import doctor, root, supervise
from gateway.house.apt import Need, ensure_packages
from gateway.house.city import DEMO_LINES, load_lines
from gateway.house.demo import new_password
from gateway.house.finding import Finding, Level
from gateway.house.progress import quiet
from gateway.house.shepherd import rotate
from gateway.house.web import sources_hash


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", 22),
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", 20),
        ("Asterisk certified-20.7-cert3", 20),
        ("Asterisk 16.2.1", 16),
        ("", None),
        ("FreeSWITCH 1.10", None),
    ],
)
def test_version_of_a_system_asterisk_is_read_from_its_banner(banner: str, major: int | None) -> None:
    assert root.asterisk_major(banner) == major


def test_interrupted_root_is_cleared_and_a_failed_build_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "root"
    (tmp_path / "root.building" / "half").mkdir(parents=True)
    (target / "usr").mkdir(parents=True)  # no stamp: not whole
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mmdebstrap").write_text("#!/bin/sh\necho no mirror >&2; exit 25\n")
    (programs / "mmdebstrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(root, "_as_root", list)
    with pytest.raises(RetryableError, match="no mirror"):
        root.ensure_root(quiet, target)
    assert not target.exists()
    assert not (tmp_path / "root.building" / "half").exists()


def test_log_is_cut_when_it_has_grown_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "asterisk.log"
    with log.open("ab") as writer:
        for turn in range(4):
            writer.write(f"turn {turn}\n".encode() * 100)
            writer.flush()
            assert rotate(log, 500, 2)
        writer.write(b"last\n")
    assert log.read_bytes() == b"last\n"
    assert (tmp_path / "asterisk.log.1").read_bytes().startswith(b"turn 3")
    assert (tmp_path / "asterisk.log.2").read_bytes().startswith(b"turn 2")
    assert not (tmp_path / "asterisk.log.3").exists()
    assert not rotate(log, 500, 2)


def test_supervisors_file_survives_a_percent_sign_and_a_blank_in_the_path(tmp_path: Path) -> None:
    config = load_config({"HOTLINE_STATE_DIR": str(tmp_path / "a b%c")})
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"))
    parser.read_string(supervise.conf_text(config))
    assert parser["supervisord"]["logfile"] == f"{tmp_path}/a b%%c/log/supervisord.log"
    assert [name for name in parser.sections() if name.startswith("program:")] == [
        "program:recorder",
        "program:clerk",
        "program:asterisk",
        "program:gateway",
        "program:console",
    ]


def test_path_with_a_quote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="quotes"):
        supervise.conf_text(load_config({"HOTLINE_STATE_DIR": str(tmp_path / 'a"b')}))


def test_lines_come_from_the_citys_file_when_there_is_one(tmp_path: Path) -> None:
    config = load_config({"HOTLINE_STATE_DIR": str(tmp_path)})
    assert load_lines(config) == DEMO_LINES
    (tmp_path / "lines.toml").write_text('[units]\n12328 = "10.0.0.5:5060"\n')
    assert load_lines(config).units == {"12328": "10.0.0.5:5060"}
    assert load_lines(config).emergencies == {}
    (tmp_path / "lines.toml").write_text("units = 3")
    with pytest.raises(CallerFaultError, match=r"lines\.toml"):
        load_lines(config)


def test_pages_count_as_changed_when_a_source_changes_but_not_when_they_are_built(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.ts").write_text("1")
    first = sources_hash(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("built")
    (tmp_path / "node_modules" / "vue").mkdir(parents=True)
    (tmp_path / "node_modules" / "vue" / "x.js").write_text("x")
    assert sources_hash(tmp_path) == first
    (tmp_path / "src" / "main.ts").write_text("2")
    assert sources_hash(tmp_path) != first


def test_passwords_are_long_enough_and_differ() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert {len(password) for password in made} == {14}


def test_missing_package_without_apt_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FatalError, match="frobnicator"):
        ensure_packages([Need("frobnicator", "frobnicate", "for nothing")], quiet)


def test_doctor_reports_a_check_that_breaks_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_config: object) -> list[Finding]:
        raise ZeroDivisionError

    def fine(_config: object) -> list[Finding]:
        return [Finding("fine", Level.OK, "")]

    monkeypatch.setattr(doctor, "CHECKS", (breaks, fine))
    findings = doctor.examine(load_config({"HOTLINE_STATE_DIR": str(tmp_path)}))
    assert [(finding.name, finding.level) for finding in findings] == [("breaks", Level.BAD), ("fine", Level.OK)]


def test_doctor_on_an_empty_machine_says_what_is_missing_and_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path / "none"))
    code = doctor.run(_arguments(json=True))
    assert code == 3
    assert "./hotline up" in capsys.readouterr().out


def _arguments(**values: object) -> argparse.Namespace:
    return argparse.Namespace(**values)
