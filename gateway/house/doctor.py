"""`./hotline doctor`: what is wrong on this machine, and the remedy.

In: settings, the machine. Out: findings. Exit 0 nothing is wrong, 3 something needed is away or wrong.
Never: changes anything; each check stands alone and none waits longer than a few seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence

from gateway.config import Config, ConfigError, load_config
from gateway.house import checks_host, checks_running
from gateway.house.finding import Finding, Level

Check = Callable[[Config], Sequence[Finding]]
CHECKS: tuple[Check, ...] = (*checks_host.CHECKS, *checks_running.CHECKS)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "doctor", help="what is wrong here, and the remedy", description="What is wrong here, and the remedy."
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    try:
        config = load_config(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    findings = examine(config)
    sick = any(finding.level is Level.BAD for finding in findings)
    if args.json:
        answer = {"ok": not sick, "findings": [finding.as_json() for finding in findings]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(finding.as_text() + "\n")
    return 3 if sick else 0


def examine(config: Config) -> list[Finding]:
    """All checks; one that breaks is itself a finding."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check(config)
        except Exception as error:  # noqa: BLE001  # a doctor who faints helps nobody: the failure is reported
            name = getattr(check, "__name__", "check")
            findings.append(Finding(name, Level.BAD, f"the check itself failed: {error!r}", "report this"))
    return findings
