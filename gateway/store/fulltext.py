"""Chinese full text, alike on SQLite (FTS5) and PostgreSQL (tsvector, GIN), without an extension of either.

In: texts and what somebody looks for. Out: token strings for an index, query expressions for it. Never: raw input in a
query expression: every token is `x` and hexadecimal, or `w` and ASCII letters and digits, so that neither parser, nor a
server's locale, ever sees a Chinese character or an operator.

A run of Chinese characters becomes its overlapping pairs and its last character, a word or number of ASCII letters and
digits becomes itself: 社保卡 → 社保 保卡 卡. A phrase of two or more characters is its pairs in order; one character is
the beginning of a pair.
"""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import BigInteger, Float, Subquery, text

_RUN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
PHRASES_MAX = 8
RUN_MAX = 40


def tokens(text: str) -> str:
    """The text as the index takes it, blanks between tokens."""
    return " ".join(token for run in _runs(text) for token in _of_run(run))


def sqlite_query(words: str) -> str:
    """An FTS5 MATCH expression: every word of it must be there. Empty when nothing can be looked for."""
    return " AND ".join(_phrase(run, '"{}"', " ", "{}*") for run in _runs(words)[:PHRASES_MAX])


def postgres_query(words: str) -> str:
    """The same for to_tsquery('simple', …)."""
    return " & ".join(_phrase(run, "({})", " <-> ", "{}:*") for run in _runs(words)[:PHRASES_MAX])


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def _of_run(run: str) -> list[str]:
    if run.isascii():
        return [f"w{run}"]
    return [*_pairs(run), _hex(run[-1])]


def _pairs(run: str) -> list[str]:
    return [_hex(run[place : place + 2]) for place in range(len(run) - 1)]


def _hex(letters: str) -> str:
    """Five digits a character, so that one character's token begins that of each pair with it."""
    return "x" + "".join(f"{ord(letter):05x}" for letter in letters)


def _phrase(run: str, whole: str, between: str, beginning: str) -> str:
    if run.isascii():
        return beginning.format(f"w{run[:RUN_MAX]}")
    if len(run) == 1:
        return beginning.format(_hex(run))
    return whole.format(between.join(_pairs(run[:RUN_MAX])))


def ranked(dialect: str, table: str, words: str) -> Subquery | None:
    """Rows of a table with a full-text index (migration 0005 says how one is made) that have every word.

    Columns `id` and `rank`, the bigger the better; a word in the title counts eight times one in the body. None when
    there is nothing in `words` to look for.
    """
    query = postgres_query(words) if dialect == "postgresql" else sqlite_query(words)
    if not query:
        return None
    statement = (_POSTGRES if dialect == "postgresql" else _SQLITE).format(table=table)
    return text(statement).bindparams(fts_words=query).columns(id=BigInteger, rank=Float).subquery("found")


_SQLITE = "SELECT rowid AS id, -bm25(fts_{table}, 8.0, 1.0) AS rank FROM fts_{table} WHERE fts_{table} MATCH :fts_words"
_POSTGRES = (
    "SELECT id, ts_rank_cd('{{0.1, 0.2, 0.12, 1.0}}', fts_vector, asked)::float AS rank "
    "FROM {table}, to_tsquery('simple', :fts_words) asked WHERE fts_vector @@ asked"
)
