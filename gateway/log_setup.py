"""Logging of every process: one line per record on stderr, with long numbers masked above DEBUG.

In: a level's name. Out: the root logger set up. Never: a whole phone number or a keyed digit at INFO and above.
"""

from __future__ import annotations

import logging
import re
import sys

_LONG_NUMBER = re.compile(r"(?<![\d.])\d{7,13}(?![\d.])")  # not the seconds of a uniqueid, which has a dot


class MaskingFormatter(logging.Formatter):
    """Hides the middle of what looks like a phone number."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno <= logging.DEBUG:
            return text
        return _LONG_NUMBER.sub(lambda run: run[0][:3] + "*" * (len(run[0]) - 5) + run[0][-2:], text)


def start(level: str) -> None:
    """Set up the root logger; an unknown level is INFO."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(getattr(logging, level.upper(), logging.INFO))
