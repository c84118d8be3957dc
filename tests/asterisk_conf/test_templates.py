"""The templates: what may be written into them, and that Asterisk and the linter accept the result."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import Config, load_config
from gateway.errors import CallerFaultError
from gateway.house.asterisk import Running
from gateway.house.city import DEMO_LINES, Lines, Seat, endpoints_with_password
from gateway.house.layout import TEMPLATES, layout
from gateway.house.render import Tuning, render_asterisk
from gateway.secrets import Secrets

SECRETS = Secrets("a" * 32, "b" * 32, "c" * 32, {"testphone": "t", "seat-801": "s", "web-801": "w"})
SEAT = Seat("801", "张三")


def config_in(folder: Path, **settings: str) -> Config:
    return load_config({"HOTLINE_STATE_DIR": str(folder), **settings})


def rendered(folder: Path, **settings: str) -> Path:
    config = config_in(folder, **settings)
    render_asterisk(config, SECRETS, [SEAT])
    return layout(config).etc


@pytest.mark.parametrize(
    "seat",
    [
        Seat("801\n[admin]", "张三"),
        Seat("801;x", "张三"),
        Seat("../801", "张三"),
        Seat("801", "张三\ncontext=from-trunk"),
        Seat("801", "张三; exten => x"),
        Seat("801", "${SHELL(reboot)}"),
        Seat("801", '"><x>'),
        Seat("", "张三"),
        Seat("８０１", "全角"),
        Seat("801", "x" * 41),
    ],
)
def test_hostile_seat_is_refused_and_nothing_is_written(tmp_path: Path, seat: Seat) -> None:
    with pytest.raises(CallerFaultError):
        render_asterisk(config_in(tmp_path), SECRETS, [seat])
    assert not (tmp_path / "asterisk" / "etc" / "pjsip.conf").exists()


@pytest.mark.parametrize(
    "lines",
    [
        Lines({"12328": "127.0.0.1:5091\nidentify_by=username"}, {}),
        Lines({"12328;": "127.0.0.1:5091"}, {}),
        Lines({}, {"110": "x;transport=tcp"}),
        Lines({}, {"110]": "127.0.0.1"}),
        Lines({}, {}, {"Carrier 1": "127.0.0.1:5094"}),
        Lines({}, {}, {"carrier": "127.0.0.1;x"}),
    ],
)
def test_hostile_line_is_refused(tmp_path: Path, lines: Lines) -> None:
    with pytest.raises(CallerFaultError):
        render_asterisk(config_in(tmp_path), SECRETS, [SEAT], lines)


def test_a_trunk_leads_out_and_lets_nobody_in(tmp_path: Path) -> None:
    config = config_in(tmp_path, HOTLINE_OUTGOING_NUMBER="087212345")
    render_asterisk(config, SECRETS, [SEAT], Lines({}, {}, {"hrss": "10.0.0.2:5060"}))
    text = (tmp_path / "asterisk" / "etc" / "pjsip.conf").read_text("utf-8")
    _, _, trunk = text.partition("[trunk-hrss](called)")
    assert "from_user = 087212345" in trunk and "contact = sip:087212345@10.0.0.2:5060" in trunk
    assert "auth" not in trunk and "type = identify" not in trunk


def test_the_offices_phone_is_in_the_browser_and_in_no_queue(tmp_path: Path) -> None:
    """It dials nothing by itself either: the context is the one of all seats, where every number is refused."""
    secrets = replace(SECRETS, sip={**SECRETS.sip, "web-601": "x" * 24})
    render_asterisk(config_in(tmp_path), secrets, [SEAT, Seat("601", "回访席", "office")])
    phones, queue = (
        (tmp_path / "asterisk" / "etc" / name).read_text("utf-8") for name in ("pjsip.conf", "queues.conf")
    )
    assert "[web-601](browser,seat)" in phones and "seat-601" not in phones
    assert "601" not in queue and "web-801" in queue
    assert endpoints_with_password([Seat("601", "回访席", "office")]) == ["testphone", "web-601"]


def test_any_other_value_that_could_start_a_second_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerFaultError, match="cannot be written"):
        render_asterisk(config_in(tmp_path, HOTLINE_NODE="hl1\nlive_dangerously=yes"), SECRETS, [SEAT])
    with pytest.raises(CallerFaultError, match="cannot be written"):
        render_asterisk(config_in(tmp_path), SECRETS, [SEAT], DEMO_LINES, Tuning(carrier_networks=("0.0.0.0/0;",)))


def test_second_rendering_changes_no_file(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    assert "pjsip.conf" in render_asterisk(config, SECRETS, [SEAT])
    assert render_asterisk(config, SECRETS, [SEAT]) == set()


def test_files_with_secrets_are_closed_to_other_users(tmp_path: Path) -> None:
    etc = rendered(tmp_path)
    assert {path.stat().st_mode & 0o077 for path in etc.glob("*.conf")} == {0}
    assert etc.stat().st_mode & 0o077 == 0


def test_manager_accounts_cannot_run_commands_or_read_files(tmp_path: Path) -> None:
    rights = set(re.findall(r"^write = (.*)$", (rendered(tmp_path) / "manager.conf").read_text("utf-8"), re.M))
    assert rights == {"call,reporting", "originate"}


def test_nothing_is_loaded_that_asks_a_database_or_opens_another_door() -> None:
    text = (TEMPLATES / "modules.conf").read_text("utf-8")
    assert "autoload = no" in text
    loaded = set(re.findall(r"^load = (\S+)\.so$", text, re.M))
    forbidden = re.compile(
        r"cdr_|cel_(?!custom)|.*odbc|.*pgsql|res_config|chan_(?!pjsip|bridge_media)|res_ari|app_system"
    )
    assert [name for name in loaded if forbidden.match(name)] == []
    assert "func_shell" not in loaded
    assert "res_pjsip_refer" not in loaded


# Newer than asterisklint 0.4.3; test_loaded.py asks the PBX itself for them, as for everything that is used.
UNKNOWN_TO_LINTER = re.compile(r"'(CHANNEL_EXISTS|ConfKick)'")


def test_linter_finds_nothing_in_the_dialplan(tmp_path: Path) -> None:
    etc = rendered(tmp_path)
    linter = Path(sys.executable).with_name("asterisklint")
    done = subprocess.run(
        [str(linter), "dialplan-check", str(etc / "extensions.conf")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if line.strip() and not UNKNOWN_TO_LINTER.search(line)]
    assert complaints == []


def used(text: str) -> tuple[set[str], set[str]]:
    """Applications and functions that the dialplan names."""
    lines = [line for line in text.splitlines() if line.lstrip().startswith(("exten", "same"))]
    named = re.compile(r"(?:,|=> )(?:\d+|n)(?:\(\w+\))?,(\w+)(?:\(|$)")
    applications = {found.group(1) for line in lines if (found := named.search(line))}
    functions = set(re.findall(r"([A-Z_]{3,})\(", "\n".join(lines))) - {"AGI"}
    return applications, functions


@pytest.mark.system
def test_every_application_and_function_of_the_dialplan_is_loaded(pbx: Running) -> None:
    applications, functions = used((layout(pbx.config).etc / "extensions.conf").read_text("utf-8"))
    assert {"Dial", "Queue", "AGI", "MixMonitor"} <= applications
    assert {"FILTER", "CUT", "PJSIP_HEADER"} <= functions
    absent = [
        name for name in sorted(applications) if "is (are) not registered" in pbx.cli(f"core show application {name}")
    ]
    absent += [name for name in sorted(functions) if "No function by that" in pbx.cli(f"core show function {name}")]
    assert absent == []


@pytest.mark.system
def test_asterisk_starts_without_errors(pbx: Running) -> None:
    log = (pbx.config.log_dir / "asterisk.log").read_text("utf-8")
    booting = log.split("Asterisk Ready.")[0]
    assert [line for line in booting.splitlines() if "ERROR" in line or "declined to load" in line] == []
