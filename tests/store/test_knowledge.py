"""The knowledge base and Chinese full text, alike on both databases."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.errors import CallerFaultError
from gateway.store import ConflictError, NotFoundError, StaleVersionError, Store
from gateway.store.fulltext import postgres_query, sqlite_query, tokens
from gateway.store.kinds import FeedbackState
from gateway.store.knowledge import (
    Content,
    Wanted,
    change_article,
    feedback_list,
    latest_version,
    open_feedback,
    publish_article,
    report_wrong,
    review_article,
    search_articles,
    settle_feedback,
    snippet,
    versions_of,
    withdraw_article,
    write_article,
)
from gateway.store.models import Article

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
SOURCE = "市政府办公室〔2026〕12号"
TEXTS = {
    "社会保障卡挂失": "社保卡遗失后，持身份证到合作银行网点办理挂失，次日补办新卡。咨询电话 12333。",
    "住房公积金提取": "购买自住住房可以提取公积金；租房每年提取一次。",
    "新生儿落户": "出生一年内到户籍所在地派出所办理户口登记，需要出生医学证明。",
    "电动自行车上牌": "凭购车发票和合格证到车管所免费上牌，ETC 不受理。",
    "医保异地就医备案": "通过国家医保服务平台 App 备案，社保卡可以直接结算。",
}


async def filled(store: Store, **changes: Any) -> dict[str, int]:
    ids = {}
    async with store.session() as session:
        for title, body in TEXTS.items():
            article = await write_article(session, Content(title, body, SOURCE, **changes), by="li", at=AT)
            await publish_article(session, article.id, revision=1, by="wang", at=AT, two_people=True)
            ids[title] = article.id
    return ids


async def titles(store: Store, words: str, **more: Any) -> list[str]:
    async with store.reading() as session:
        return [hit.article.title for hit in (await search_articles(session, Wanted(words, **more)))[0]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("社保卡", {"社会保障卡挂失", "医保异地就医备案"}),
        ("社保卡 挂失", {"社会保障卡挂失"}),
        ("公积金", {"住房公积金提取"}),
        ("卡", {"社会保障卡挂失", "医保异地就医备案"}),
        ("落户", {"新生儿落户"}),
        ("户", {"新生儿落户"}),
        ("etc", {"电动自行车上牌"}),
        ("ＥＴＣ", {"电动自行车上牌"}),
        ("123", {"社会保障卡挂失"}),
        ("12333", {"社会保障卡挂失"}),
        ("12号", set(TEXTS)),
        ("社障", set()),
        ("保社", set()),
        ("月球", set()),
        ("，。！", set()),
        ("'; DROP TABLE articles; --", set()),
        ('" OR * NEAR(', set()),
        ("社保卡 AND 挂失", set()),
        ("a:* & !b | (c <-> d)", set()),
    ],
)
async def test_words_find_what_has_all_of_them(store: Store, words: str, expected: set[str]) -> None:
    await filled(store)
    assert set(await titles(store, words)) == expected


async def test_a_word_in_the_title_counts_for_more(store: Store) -> None:
    await filled(store)
    async with store.session() as session:
        more = await write_article(session, Content("常见问题", "挂失、补办、挂失的说明。", SOURCE), by="li", at=AT)
        await publish_article(session, more.id, revision=1, by="wang", at=AT, two_people=True)
    assert (await titles(store, "挂失"))[0] == "社会保障卡挂失"


WORDS = st.text(st.sampled_from("社保卡挂失公积金ab1 ，。\"'*:&|!()-<>\\\x00\u2028😀𠮷"), max_size=12)


@given(words=WORDS)
def test_a_query_is_made_of_tokens_and_nothing_of_what_was_typed(words: str) -> None:
    for query in (sqlite_query(words), postgres_query(words)):
        assert query.isascii() and set(query) <= set('xw0123456789abcdefghijklmnopqrstuvyz"* &|<->():AND')
    assert tokens(words).isascii()


async def test_nothing_that_is_typed_breaks_either_database(store: Store) -> None:
    await filled(store)
    chance = random.Random(3)
    letters = "社保卡挂失公积金ab1 ，。\"'*:&|!()-<>\\\u2028😀𠮷"
    for _ in range(60):
        await titles(store, "".join(chance.choices(letters, k=chance.randrange(12))))


async def test_only_what_is_published_and_valid_is_found(store: Store) -> None:
    ids = await filled(store, valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 30))
    assert await titles(store, "落户", on=TODAY)
    assert not await titles(store, "落户", on=date(2026, 12, 1))
    assert not await titles(store, "落户", on=date(2026, 10, 31))
    assert await titles(store, "落户", on=date(2026, 11, 30))
    async with store.session() as session:
        await withdraw_article(session, ids["新生儿落户"], revision=2, why="政策已废止", by="wang", at=AT)
        await write_article(session, Content("落户新政", "草稿", SOURCE), by="li", at=AT)
    assert not await titles(store, "落户", on=TODAY)
    assert not await titles(store, "落户", state=None)


async def test_a_change_is_found_only_when_another_person_has_published_it(store: Store) -> None:
    ids = await filled(store)
    one = ids["住房公积金提取"]
    async with store.session() as session:
        await change_article(session, one, {"body": "每月可提取"}, revision=2, why="新规", by="li", at=AT)
    assert not await titles(store, "每月") and await titles(store, "每年")
    async with store.session() as session:
        with pytest.raises(ConflictError):
            await publish_article(session, one, revision=3, by="li", at=AT, two_people=True)
        await publish_article(session, one, revision=3, by="wang", at=AT, two_people=True)
    assert await titles(store, "每月") and not await titles(store, "每年")
    async with store.reading() as session:
        versions = await versions_of(session, one)
    assert [(row.number, row.published_by, row.why) for row in versions] == [(2, "wang", "新规"), (1, "wang", "")]
    assert versions[1].content["body"].startswith("购买")


async def test_of_two_editors_the_second_is_told(store: Store) -> None:
    one = (await filled(store))["新生儿落户"]
    async with store.session() as session:
        await change_article(session, one, {"title": "甲"}, revision=2, why="", by="li", at=AT)
    with pytest.raises(StaleVersionError):
        async with store.session() as session:
            await change_article(session, one, {"title": "乙"}, revision=2, why="", by="wang", at=AT)
    async with store.session() as session:  # the draft is changed in place: one unpublished version at most
        await change_article(session, one, {"title": "丙"}, revision=3, why="", by="wang", at=AT)
        assert (await latest_version(session, one)).number == 2


async def test_reviews_that_are_due_are_listed_until_somebody_has_reviewed(store: Store) -> None:
    ids = await filled(store, review_due=date(2026, 11, 20))
    one = ids["新生儿落户"]
    assert len(await titles(store, "", review_before=TODAY)) == 5
    async with store.session() as session:
        await review_article(session, one, revision=2, next_due=date(2027, 5, 1), note="仍有效", by="wang", at=AT)
    assert len(await titles(store, "", review_before=TODAY)) == 4


async def test_who_finds_it_wrong_gets_an_answer_once(store: Store) -> None:
    one = (await filled(store))["新生儿落户"]
    async with store.session() as session:
        row = await report_wrong(session, one, "电话已变更", by="801", at=AT)
        assert await open_feedback(session, one) == 1
        await settle_feedback(session, row.id, FeedbackState.ACCEPTED, "已修改", by="li", at=AT)
        with pytest.raises(ConflictError):
            await settle_feedback(session, row.id, FeedbackState.REFUSED, "", by="wang", at=AT)
        assert await open_feedback(session, one) == 0
        rows, more = await feedback_list(session, None)
    assert [(row.text, title, row.answer) for row, title in rows] == [("电话已变更", "新生儿落户", "已修改")]
    assert not more


@pytest.mark.parametrize(
    "content",
    [
        Content("", "b", "s"),
        Content("t", " ", "s"),
        Content("t", "b", ""),
        Content("t", "b", "s", valid_from=TODAY, valid_until=date(2026, 1, 1)),
    ],
)
async def test_an_article_without_title_text_or_source_is_refused(store: Store, content: Content) -> None:
    with pytest.raises(CallerFaultError):
        async with store.session() as session:
            await write_article(session, content, by="li", at=AT)


async def test_what_is_not_there_or_not_published_cannot_be_reviewed_or_withdrawn(store: Store) -> None:
    async with store.session() as session:
        draft = await write_article(session, Content("草稿", "x", SOURCE), by="li", at=AT)
        with pytest.raises(ConflictError):
            await withdraw_article(session, draft.id, revision=1, why="", by="li", at=AT)
        with pytest.raises(ConflictError):
            await review_article(session, draft.id, revision=1, next_due=None, note="", by="li", at=AT)
        with pytest.raises(NotFoundError):
            await review_article(session, 999, revision=1, next_due=None, note="", by="li", at=AT)


async def test_a_removed_row_leaves_nothing_in_the_index(store: Store) -> None:
    ids = await filled(store)
    async with store.session() as session:
        await session.execute(text("DELETE FROM article_versions"))
        await session.execute(text("DELETE FROM articles WHERE id = :id"), {"id": ids["新生儿落户"]})
    assert await titles(store, "落户") == []
    async with store.reading() as session:
        assert await session.get(Article, ids["住房公积金提取"]) is not None


def test_a_snippet_shows_the_text_around_the_word() -> None:
    found = snippet("前" * 200 + "社保卡" + "后" * 200, "社保卡")
    assert "社保卡" in found and found[0] == found[-1] == "…" and len(found) <= 82
    assert snippet("短", "无") == "短"
