"""The installation as a whole, on real parts: up, its repairs, what survives which death, down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config import CHECKOUT, Config, load_config
from gateway.house.asterisk import asterisk_cli, read_pid
from gateway.house.shepherd import draining
from gateway.house.supervise import orphans, supervisor_pid
from tests.asterisk_conf.sip import RawCaller
from tests.kit.ports import installation_ports

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


class House:
    """One installation with a state folder and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = installation_ports(100) | {"HOTLINE_STATE_DIR": str(folder)}
        self.config: Config = load_config(self.settings)

    def run(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        command = [str(CHECKOUT / "hotline"), *arguments]
        return subprocess.run(
            command, env={**env, **self.settings}, capture_output=True, text=True, timeout=timeout_s, check=False
        )

    def up(self) -> dict[str, Any]:
        done = self.run("up", "--json", "--no-web")
        assert done.returncode == 0, done.stderr + done.stdout
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def status(self) -> dict[str, dict[str, Any]]:
        return {part["name"]: part for part in json.loads(self.run("status", "--json").stdout)["parts"]}

    def until(self, name: str, other_than: int, within_s: float) -> dict[str, Any]:
        """The part, once it serves again under another pid."""
        deadline = time.monotonic() + within_s
        while True:
            part = self.status()[name]
            if part["ok"] and part["pid"] != other_than:
                return part
            assert time.monotonic() < deadline, part
            time.sleep(0.1)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="hl-up-") as folder:
        one = House(Path(folder))
        try:
            yield one
        finally:
            one.run("down")
            assert read_pid(one.config) is None
            assert orphans(one.config) == {}


def test_first_up_starts_all_parts_and_shows_passwords_and_the_second_shows_none(house: House) -> None:
    first = house.up()
    assert {part["name"] for part in first["parts"] if part["ok"]} == {
        "asterisk",
        "gateway",
        "recorder",
        "clerk",
        "console",
    }
    shared_and_experts = {"801", "802", "803", "804", "805", "806", "901", "902"}
    desks = {"admin", "supervisor", "office", "auditor", "water", "urban"}
    assert set(first["passwords"]) == desks | shared_and_experts
    again = house.up()
    assert again["passwords"] == {}
    assert again["took_s"] < 10
    before = {part["name"]: part["pid"] for part in first["parts"]}
    assert {part["name"]: part["pid"] for part in again["parts"]} == before


def test_passwords_are_nowhere_in_the_state_folder(house: House) -> None:
    house.run("down")
    (house.config.state_dir / "hotline.db").unlink()
    made = house.up()["passwords"]
    texts = [path.read_bytes() for path in house.config.state_dir.rglob("*") if path.is_file()]
    assert [name for name, password in made.items() if any(password.encode() in text for text in texts)] == []


def test_settings_of_up_are_known_to_the_commands_after_it(house: House) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    env["HOTLINE_STATE_DIR"] = str(house.config.state_dir)
    done = subprocess.run(
        [str(CHECKOUT / "hotline"), "status", "--json"],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_killed_gateway_is_back_within_three_seconds(house: House) -> None:
    pid = house.status()["gateway"]["pid"]
    os.kill(pid, signal.SIGKILL)
    house.until("gateway", pid, 3.0)


def test_killed_asterisk_is_started_again(house: House) -> None:
    pid = read_pid(house.config)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    house.until("asterisk", pid, 10.0)


def test_call_outlives_supervisor_and_gateway_and_the_next_up_adopts_asterisk(house: House) -> None:
    asterisk, supervisor = read_pid(house.config), supervisor_pid(house.config)
    assert asterisk is not None
    assert supervisor is not None
    with RawCaller(house.config.sip_port) as caller:
        assert caller.call("12315", "<sip:13800000000@x>") == 200
        os.kill(supervisor, signal.SIGKILL)
        os.kill(
            house.status()["gateway"]["pid"] or next(p for p, n in orphans(house.config).items() if n == "gateway"), 9
        )
        time.sleep(1.0)
        assert house.run("status").returncode == 1
        house.up()
        assert read_pid(house.config) == asterisk
        assert "PJSIP/carrier-" in asterisk_cli(house.config, "core show channels concise")
        caller.hang_up()


def test_restart_changes_every_part_but_asterisk(house: House) -> None:
    before = {name: part["pid"] for name, part in house.status().items()}
    done = house.run("up", "--json", "--no-web", "--restart")
    assert done.returncode == 0, done.stderr
    after = {name: part["pid"] for name, part in house.status().items()}
    assert [name for name in before if before[name] == after[name]] == ["asterisk"]


def test_two_ups_at_once_make_one_house(house: House) -> None:
    house.run("down")
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    command = [str(CHECKOUT / "hotline"), "up", "--json", "--no-web"]
    quiet = subprocess.DEVNULL
    both = [subprocess.Popen(command, env={**env, **house.settings}, stdout=quiet, stderr=quiet) for _ in range(2)]
    assert [one.wait(timeout=100) for one in both] == [0, 0]
    assert sorted(orphans(house.config).values()) == [
        "asterisk",
        "clerk",
        "console",
        "gateway",
        "recorder",
    ]  # one of each


def test_drain_waits_for_the_talk_and_refuses_new_ones(house: House) -> None:
    with RawCaller(house.config.sip_port) as caller, RawCaller(house.config.sip_port) as late:
        assert caller.call("12315", "<sip:13800000000@x>") == 200
        env = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        stopping = subprocess.Popen([str(CHECKOUT / "hotline"), "down", "--drain", "30"], env={**env, **house.settings})
        limit = time.monotonic() + 15
        while not draining(house.config).exists():
            assert time.monotonic() < limit, "down --drain has not begun"
            time.sleep(0.1)
        time.sleep(1.0)  # from there to Asterisk's taking of the order
        assert late.call("12315", "<sip:13800000001@x>") == 503
        assert read_pid(house.config) is not None
        caller.hang_up()
        assert stopping.wait(timeout=30) == 0
    assert read_pid(house.config) is None
    house.up()


def test_up_repairs_what_was_deleted(house: House) -> None:
    (house.config.published_dir / "seats.json").unlink()
    (house.config.state_dir / "asterisk" / "etc" / "queues.conf").unlink()
    house.up()
    assert (house.config.published_dir / "seats.json").exists()
    assert (house.config.state_dir / "asterisk" / "etc" / "queues.conf").exists()


def test_doctor_of_a_running_house_finds_no_part_wanting(house: House) -> None:
    found = json.loads(house.run("doctor", "--json").stdout)["findings"]
    sick = [
        one
        for one in found
        if one["level"] == "bad" and one["name"] in ("asterisk", "gateway", "recorder", "clerk", "ami", "keys")
    ]
    assert sick == []


def test_down_stops_everything_and_says_so_once(house: House) -> None:
    assert house.run("down").returncode == 0
    assert supervisor_pid(house.config) is None
    assert read_pid(house.config) is None
    assert house.run("down").returncode == 1
    assert house.run("status").returncode == 1
    assert house.run("doctor").returncode == 3
