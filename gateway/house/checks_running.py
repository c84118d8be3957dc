"""The doctor's checks of the running parts: do they serve, is the manager link up, does the recorder keep up.

In: config. Out: findings. Never: places a call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gateway.config import Config
from gateway.crypt import Keyring
from gateway.errors import HotlineError, RetryableError
from gateway.house.asterisk import asterisk_cli, read_pid
from gateway.house.finding import Finding, Level
from gateway.house.parts import gateway_health, reports
from gateway.house.supervise import supervisor_pid
from gateway.open311 import load_services

LOG_TAIL_BYTES = 200_000
LAG_BYTES = 1_000_000  # some 500 calls
SILENT_S = 30.0


def parts_serve(config: Config) -> Sequence[Finding]:
    if supervisor_pid(config) is None and read_pid(config) is None:
        return [Finding("parts", Level.BAD, "nothing runs", "./hotline up")]
    found = []
    for report in reports(config):
        seen = f"{report.state} {report.version} {report.detail}".strip()
        remedy = "" if report.ok else f"./hotline up; then look into {config.log_dir}/{report.name}.log"
        found.append(Finding(report.name, Level.OK if report.ok else Level.BAD, seen, remedy))
    return found


def manager_link(config: Config) -> Sequence[Finding]:
    health = gateway_health(config)
    if health is None:
        return []
    if not health["ami"]:
        remedy = "calls are served without live state: see gateway.log; './hotline up' writes both sides' secret anew"
        return [Finding("ami", Level.BAD, str(health.get("ami_state", "away")), remedy)]
    return [Finding("ami", Level.OK, "connected")]


def recorder_keeps_up(config: Config) -> Sequence[Finding]:
    """What the recorder says of itself every two seconds."""
    try:
        told = json.loads((config.run_dir / "recorder.json").read_text("utf-8"))
        age_s = (datetime.now(UTC) - datetime.fromisoformat(told["at"])).total_seconds()
    except (OSError, ValueError, KeyError):
        return []
    if supervisor_pid(config) is None:
        return []
    seen = f"{told['lag_bytes']} bytes behind the journal, database {told['database']}"
    remedy = f"see {config.log_dir}/recorder.log; nothing is lost meanwhile, the journal is the truth"
    if age_s > SILENT_S:
        return [Finding("lag", Level.BAD, f"the recorder has said nothing for {age_s:.0f} s", remedy)]
    if told["database"] != "ok" or told["lag_bytes"] > LAG_BYTES:
        return [Finding("lag", Level.BAD, f"{seen}; {told['last_error']}".rstrip("; "), remedy)]
    odd = told["bad_lines"] + told["refused_calls"]
    level = Level.WARN if odd else Level.OK
    return [Finding("lag", level, f"{seen}, {odd} unreadable lines or refused calls", remedy if odd else "")]


def clerk_keeps_up(config: Config) -> Sequence[Finding]:
    """What the clerk says of itself every few seconds: feeds, short messages, the city's keys."""
    try:
        told = json.loads((config.run_dir / "clerk.json").read_text("utf-8"))
        age_s = (datetime.now(UTC) - datetime.fromisoformat(told["at"])).total_seconds()
    except (OSError, ValueError, KeyError):
        return []
    if supervisor_pid(config) is None:
        return []
    remedy = f"see {config.log_dir}/clerk.log; nothing is lost meanwhile, the outbox keeps it"
    if age_s > SILENT_S:
        return [Finding("feeds", Level.BAD, f"the clerk has said nothing for {age_s:.0f} s", remedy)]
    seen = f"{told['waiting']} events waiting, {told['dead']} dead letters, database {told['database']}"
    if told["database"] != "ok":
        return [Finding("feeds", Level.BAD, f"{seen}; {told['last_error']}".rstrip("; "), remedy)]
    if told["dead"]:
        return [Finding("feeds", Level.WARN, seen, "look at the dead letters, then send them again or discard them")]
    return [Finding("feeds", Level.OK, seen)]


def city_keys(config: Config) -> Sequence[Finding]:
    """The key file is there, ours alone, and whole."""
    if not config.keys_file.exists() and supervisor_pid(config) is None:
        return []
    try:
        keys = Keyring(config.keys_file).all()
    except HotlineError as error:
        return [Finding("keys", Level.BAD, str(error), "callers' names cannot be read without it: restore the file")]
    return [Finding("keys", Level.OK, f"{len(keys)} in {config.keys_file.name}; keep a copy of it off this machine")]


def public_services(config: Config) -> Sequence[Finding]:
    """The city's own list of what can be filed through Open311, if it has one."""
    own = config.state_dir / "open311.toml"
    if not own.exists():
        return []
    try:
        return [Finding("open311", Level.OK, f"{len(load_services(config))} services in {own.name}")]
    except HotlineError as error:
        return [Finding("open311", Level.BAD, str(error), f"mend {own}; until then Open311 answers 503")]


def registered_phones(config: Config) -> Sequence[Finding]:
    if read_pid(config) is None:
        return []
    try:
        contacts = asterisk_cli(config, "pjsip show contacts")
    except RetryableError as error:
        return [Finding("phones", Level.BAD, str(error), "./hotline down && ./hotline up")]
    count = sum(1 for line in contacts.splitlines() if "Contact:  seat-" in line or "Contact:  web-" in line)
    unreachable = [line.split()[1].split("/")[0] for line in contacts.splitlines() if "Unavail" in line]
    found = [Finding("phones", Level.OK, f"{count} seats' devices registered")]
    if unreachable:
        remedy = "their callers go to shared seats; the address is in lines.toml (the demo city has nobody there)"
        found.append(Finding("lines", Level.WARN, f"no answer from {', '.join(unreachable)}", remedy))
    return found


def asterisk_log(config: Config) -> Sequence[Finding]:
    path = config.log_dir / "asterisk.log"
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            errors = [line for line in file.read().decode("utf-8", "replace").splitlines() if "] ERROR[" in line]
    except OSError:
        return []
    if errors:
        return [Finding("log", Level.WARN, f"{len(errors)} errors lately, the last: {errors[-1][:160]}", f"see {path}")]
    return [Finding("log", Level.OK, "no errors lately")]


CHECKS: tuple[Callable[[Config], Sequence[Finding]], ...] = (
    parts_serve,
    manager_link,
    recorder_keeps_up,
    clerk_keeps_up,
    city_keys,
    public_services,
    registered_phones,
    asterisk_log,
)
