"""Coded facts of calls in the reader's language: the route's reasons.

In: codes as the journal keeps them. Out: Chinese sentences. Never: fails on a code of another release.
"""

from __future__ import annotations

from routing_table import read_reason


def reasons_in_chinese(coded: str) -> list[str]:
    """`"main/12345|merged"` → one sentence each."""
    return [read_reason(code).chinese for code in coded.split("|") if code]
