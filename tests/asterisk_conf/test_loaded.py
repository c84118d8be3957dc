"""What the dialplan uses is in the process: modules are named one by one, and a missing one shows in mid-call only."""

from __future__ import annotations

import re

from gateway.house.asterisk import Running
from gateway.house.layout import layout


def test_every_application_of_the_dialplan_is_loaded(pbx: Running) -> None:
    used = set(re.findall(r"^(?:exten => [^,]+,[^,]+|\s*same => n(?:\([\w-]+\))?),(\w+)\(", _dialplan(pbx), re.M))
    there = {line.strip().split(":")[0].lower() for line in pbx.cli("core show applications").splitlines()}
    assert used > {"Dial", "ConfBridge", "ConfKick", "MixMonitor"}
    assert {name for name in used if name.lower() not in there} == set()


def test_every_function_of_the_dialplan_is_loaded(pbx: Running) -> None:
    text = _dialplan(pbx)
    used = set(re.findall(r"\$\{([A-Z_]+)\(", text)) | set(re.findall(r"Set\(([A-Z_]+)\(", text))
    there = set(re.findall(r"^([A-Z_]+)\s", pbx.cli("core show functions"), re.M))
    assert used > {"CHANNEL_EXISTS", "GROUP_COUNT", "MASTER_CHANNEL", "FILTER"}
    assert used - there == set()


def _dialplan(pbx: Running) -> str:
    return (layout(pbx.config).etc / "extensions.conf").read_text("utf-8")
