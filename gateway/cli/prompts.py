"""`./hotline prompts list|check|build|install`: what callers hear.

In: a verb. Out: a table or JSON. Exit 0 done, 1 `check` found something or an upload was refused, 3 the speech model
cannot be had. Never: touches a call; a rebuilt prompt is heard by the next caller.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from typing import Any

from gateway.config import Config, load_config
from gateway.errors import HotlineError
from gateway.prompts import build_sounds, check_sounds, install_sounds, read_manifest, read_prompts

VERBS = {
    "list": "every prompt with its text, length and voice",
    "check": "compare text list, manifest and sounds; exit 1 when something is missing or stale",
    "build": "make what changed (needs the speech model, fetched once), then install",
    "install": "put the sounds and people's own recordings where Asterisk plays them",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `prompts` command."""
    parser = subparsers.add_parser("prompts", help="the spoken prompts: list, check, build, install")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--json", action="store_true", help="print JSON")
        if name == "build":
            verb.add_argument("--all", action="store_true", help="make every prompt again")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 done, 1 something is wrong with the sounds, 3 something needed is away."""
    config = load_config(os.environ)
    try:
        code, result, words = _VERBS[args.verb](config, args)
    except (HotlineError, OSError, ValueError) as error:
        sys.stderr.write(f"prompts {args.verb}: {error}\n")
        return 3
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n" if args.json else words)
    return code


Answer = tuple[int, dict[str, Any], str]


def _list(config: Config, _args: argparse.Namespace) -> Answer:
    manifest, uploads = read_manifest(), config.state_dir / "sounds" / "uploads"
    rows = []
    for prompt in read_prompts().values():
        entry = manifest.get(prompt.id)
        own = (uploads / f"{prompt.id}.wav").exists()
        rows.append({
            "id": prompt.id,
            "text": prompt.text,
            "seconds": entry.seconds if entry else None,
            "voice": "upload" if own else entry.voice if entry else None,
        })  # fmt: skip
    words = "".join(
        f"{row['id']:24} {row['seconds'] or 0:5.2f} s  {row['voice'] or '-':12} {row['text']}\n" for row in rows
    )
    return 0, {"prompts": rows}, words


def _check(_config: Config, _args: argparse.Namespace) -> Answer:
    prompts = read_prompts()
    findings = check_sounds(prompts)
    words = "".join(f"{finding.id}: {finding.fault} ({finding.detail})\n" for finding in findings)
    result = {"ok": not findings, "prompts": len(prompts), "findings": [asdict(finding) for finding in findings]}
    return 1 if findings else 0, result, words or f"{len(prompts)} prompts, all sounds up to date\n"


def _build(config: Config, args: argparse.Namespace) -> Answer:
    report = build_sounds(config, _tell, everything=args.all)
    code, installed, words = _install(config, args)
    said = "".join(f"{name}: {reason}\n" for name, reason in report.failed.items())
    words = f"{said}{len(report.made)} made, {len(report.removed)} removed\n{words}"
    return 1 if report.failed else code, {"build": asdict(report), **installed}, words


def _install(config: Config, _args: argparse.Namespace) -> Answer:
    report = install_sounds(config)
    words = "".join(f"refused {refused.file}: {refused.reason}\n" for refused in report.refused)
    words += f"{report.prompts} prompts installed, {len(report.uploads)} of them recorded by people\n"
    return 1 if report.refused else 0, {"install": asdict(report)}, words


def _tell(line: str) -> None:
    sys.stderr.write(f"  {line}\n")
    sys.stderr.flush()


_VERBS = {"list": _list, "check": _check, "build": _build, "install": _install}
