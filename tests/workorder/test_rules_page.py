"""docs/rules.md: every article of every document has a row, every row a test that exists, or why it is no software."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.workorder.government import PROFILES

HERE = Path(__file__).resolve()
PAGE = HERE.parents[2] / "docs" / "rules.md"
NUMERALS = "一二三四五六七八九十"
ARTICLES = {"karamay": 20, "qingpu-water": 14, "liaoning": 22, "changzhou": 34}
PARTS = {"一": 0, "二": 2, "三": 6, "四": 6, "五": 4, "六": 4, "附件": 0}  # yunnan-2021 is a plan, not articles


def numeral(n: int) -> str:
    """1 to 99 as documents write them."""
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十") + (
        NUMERALS[ones - 1] if ones else ""
    )


@cache
def rows() -> dict[str, list[tuple[str, str, str]]]:
    """Of each document: (article, what does it, test)."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    name = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:].split(" — ")[0]
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and name and cells[0] != "article":
            found.setdefault(name, []).append((cells[0], cells[2], cells[3].strip("|` ") if len(cells) > 3 else ""))
    return found


@cache
def known_tests() -> frozenset[str]:
    """Every test function there is."""
    files = HERE.parents[1].rglob("test_*.py")
    return frozenset(name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text("utf-8")))


def test_the_five_documents_are_there() -> None:
    assert set(rows()) == set(PROFILES)


@pytest.mark.parametrize("name", sorted(ARTICLES))
def test_every_article_has_a_row(name: str) -> None:
    articles = {row[0].split("（")[0] for row in rows()[name]}
    assert articles == {f"第{numeral(n)}条" for n in range(1, ARTICLES[name] + 1)}


def test_every_part_of_the_plan_has_a_row() -> None:
    wanted = {f"{part}（{numeral(n)}）" for part, most in PARTS.items() for n in range(1, most + 1)}
    wanted |= {part for part, most in PARTS.items() if not most}
    assert {row[0] for row in rows()["yunnan-2021"]} == wanted


@pytest.mark.parametrize("row", [row for found in rows().values() for row in found], ids=lambda row: row[0])
def test_every_row_has_a_test_that_exists_or_says_why_not(row: tuple[str, str, str]) -> None:
    _article, what, test = row
    if what.startswith("*not software*"):
        assert len(what.split(": ", 1)[1]) > 5 and not test
    else:
        assert test in known_tests(), f"{row[0]}: no test {test}"


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_place_that_a_profile_names_is_on_the_page(name: str) -> None:
    """A rule of a profile belongs to an article with a row of its own."""
    text = (HERE.parents[2] / "workorder" / "profiles" / f"{name}.toml").read_text("utf-8")
    known = {row[0].split("（")[0] for row in rows()[name]} | {row[0] for row in rows()[name]}
    places = {part for rule in re.findall(r'rule = "([^"]+)"', text) for part in rule.split("、")} - {"设置"}
    for place in sorted(places):
        head = place if name == "yunnan-2021" else re.split(r"（|[0-9]", place)[0]
        assert any(article.startswith(head) for article in known), place
