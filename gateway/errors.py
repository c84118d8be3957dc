"""The one exception tree. An error says where it arises what a caller of the code may do about it.

Library errors are mapped into this tree in the one file that wraps the library (ami.py, store/, …).
"""

from __future__ import annotations


class HotlineError(Exception):
    """Root of everything this software raises on purpose."""


class RetryableError(HotlineError):
    """Nothing happened; the same act may be tried again later (link down, database away, busy)."""


class IndeterminateError(HotlineError):
    """It may have happened: a phone may have rung. Never retried automatically."""


class CallerFaultError(HotlineError):
    """The request itself is wrong; trying again cannot help. The message is shown to the person who asked.

    `place` says where (field, file:line), `remedy` what to do; both in the user's language.
    """

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        return " · ".join(part for part in (self.place, super().__str__(), self.remedy) if part)


class FatalError(HotlineError):
    """Only a person can mend it (wrong secret, unreadable folder). Stop and say so."""
