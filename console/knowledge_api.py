"""The knowledge base over HTTP: search, articles and their versions, publishing by a second person, reviews, feedback.

In: words, contents with the revision they were made on. Out: hits with a snippet, articles; 409 when somebody was
faster. Never: an unpublished text to a seat.
"""

from __future__ import annotations

from http import HTTPMethod
from typing import Any

from console.access import DESK
from console.knowledge_shapes import (
    ArticleBody,
    ArticleOut,
    ArticlePatch,
    ArticleRows,
    FeedbackOut,
    FeedbackQuery,
    FeedbackRows,
    ReviewBody,
    RevisionBody,
    SearchQuery,
    SettleBody,
    WithdrawBody,
    WrongBody,
    feedback_out,
    review_out,
    row_fields,
    row_out,
    version_out,
)
from console.operations import Ask, Operation
from console.problems import ProblemError
from gateway.store import StaleVersionError, log_audit
from gateway.store.kinds import ArticleState, Role
from gateway.store.knowledge import (
    Wanted,
    change_article,
    feedback_list,
    find_article,
    open_feedback,
    publish_article,
    report_wrong,
    review_article,
    reviews_of,
    search_articles,
    settle_feedback,
    snippet,
    versions_of,
    withdraw_article,
    write_article,
)
from routing_table import CITY_ZONE

TAG = "knowledge"
BASE = "/api/v1/knowledge"
ID = "{article_id:[0-9]{1,18}}"
READ = DESK
WRITE = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.OFFICE, Role.EXPERT})
PUBLISH = frozenset({Role.ADMIN, Role.SUPERVISOR})


def _writes(ask: Ask) -> bool:
    return ask.viewer.role in WRITE


def _id(ask: Ask) -> int:
    return int(ask.request.match_info["article_id"])


async def _out(ask: Ask, article_id: int) -> ArticleOut:
    """The article as this viewer may see it: drafts, withdrawn ones and pending changes are for those who write."""
    async with ask.deps.store.reading() as session:
        article = await find_article(session, article_id)
        versions, reviews = await versions_of(session, article_id), await reviews_of(session, article_id)
        wrong = await open_feedback(session, article_id)
    if article.state is not ArticleState.PUBLISHED and not _writes(ask):
        raise ProblemError("not-found", "没有这个条目")
    pending = versions[0] if versions[0].published_at is None else None
    alone = ask.deps.config.publishers == 1
    return ArticleOut(
        **row_fields(article, snippet(article.body, "")),
        body=article.body,
        source_url=article.source_url,
        revision=article.revision,
        pending=version_out(pending) if pending is not None and _writes(ask) else None,
        may_publish=pending is not None
        and ask.viewer.role in PUBLISH
        and (alone or pending.written_by != ask.viewer.user),
        wrong=wrong,
        versions=[version_out(row) for row in versions if row.published_at is not None],
        reviews=[review_out(row) for row in reviews],
    )


async def search(ask: Ask) -> ArticleRows:
    query = ask.query_as(SearchQuery)
    if query.state is not ArticleState.PUBLISHED and not _writes(ask):
        raise ProblemError("forbidden", "只有知识库编辑可以查看未发布的条目")
    today = ask.deps.clock().astimezone(CITY_ZONE).date()
    wanted = Wanted(
        words=query.words,
        state=query.state,
        subject=query.subject,
        hotline=query.hotline,
        on=today if query.valid else None,
        review_before=today if query.review else None,
    )
    async with ask.deps.store.reading() as session:
        hits, more = await search_articles(session, wanted, offset=query.cursor, limit=query.limit)
    after = query.cursor + query.limit
    return ArticleRows(items=[row_out(hit) for hit in hits], next=after if more and after <= 1000 else None)


async def article(ask: Ask) -> ArticleOut:
    return await _out(ask, _id(ask))


async def write(ask: Ask) -> ArticleOut:
    at, by = ask.deps.clock(), ask.viewer.user
    async with ask.deps.store.session() as session:
        made = await write_article(session, ask.body_as(ArticleBody).content(), by=by, at=at)
        await _audit(ask, session, "written", made.id)
    return await _out(ask, made.id)


async def _audit(ask: Ask, session: Any, what: str, article_id: int, **detail: Any) -> None:
    at, ip = ask.deps.clock(), ask.request.remote or ""
    await log_audit(session, ask.viewer.user, f"knowledge.{what}", f"article:{article_id}", at=at, ip=ip, detail=detail)


async def _act(ask: Ask, what: str, act: Any, **values: Any) -> ArticleOut:
    """One change of an article, audited; 409 with what it is now when somebody was faster."""
    try:
        async with ask.deps.store.session() as session:
            await act(session, _id(ask), by=ask.viewer.user, at=ask.deps.clock(), **values)
            await _audit(ask, session, what, _id(ask))
    except StaleVersionError as error:
        current = await _out(ask, _id(ask))
        extra = {"current": current.model_dump(mode="json")}
        raise ProblemError("conflict", f"当前版本为 {error.current}", extra=extra) from error
    return await _out(ask, _id(ask))


async def change(ask: Ask) -> ArticleOut:
    body = ask.body_as(ArticlePatch)
    return await _act(ask, "changed", change_article, changes=body.changes(), revision=body.revision, why=body.why)


async def publish(ask: Ask) -> ArticleOut:
    """Put the pending change in force: by somebody who has not written it, unless the city has one publisher."""
    two = ask.deps.config.publishers == 2
    return await _act(ask, "published", publish_article, revision=ask.body_as(RevisionBody).revision, two_people=two)


async def withdraw(ask: Ask) -> ArticleOut:
    body = ask.body_as(WithdrawBody)
    return await _act(ask, "withdrawn", withdraw_article, revision=body.revision, why=body.why)


async def review(ask: Ask) -> ArticleOut:
    body = ask.body_as(ReviewBody)
    return await _act(ask, "reviewed", review_article, revision=body.revision, next_due=body.next_due, note=body.note)


async def wrong(ask: Ask) -> FeedbackOut:
    """Anybody who answers from it may say that it is wrong."""
    async with ask.deps.store.session() as session:
        found = await find_article(session, _id(ask))
        if found.state is not ArticleState.PUBLISHED:
            raise ProblemError("not-found", "没有这个条目")
        row = await report_wrong(
            session, found.id, ask.body_as(WrongBody).text, by=ask.viewer.user, at=ask.deps.clock()
        )
    return feedback_out(row, found.title)


async def feedback(ask: Ask) -> FeedbackRows:
    query = ask.query_as(FeedbackQuery)
    async with ask.deps.store.reading() as session:
        rows, more = await feedback_list(
            session, query.state, article_id=query.article, offset=query.cursor, limit=query.limit
        )
    after = query.cursor + query.limit
    items = [feedback_out(row, title) for row, title in rows]
    return FeedbackRows(items=items, next=after if more and after <= 1000 else None)


async def settle(ask: Ask) -> FeedbackOut:
    body, feedback_id = ask.body_as(SettleBody), int(ask.request.match_info["feedback_id"])
    async with ask.deps.store.session() as session:
        row = await settle_feedback(
            session, feedback_id, body.state, body.answer, by=ask.viewer.user, at=ask.deps.clock()
        )
        found = await find_article(session, row.article_id)
        await _audit(ask, session, "feedback-settled", row.article_id, feedback=row.id, state=body.state.value)
    return feedback_out(row, found.title)


GET, POST, PATCH = HTTPMethod.GET, HTTPMethod.POST, HTTPMethod.PATCH
OPERATIONS = (
    Operation(GET, BASE, "Search the knowledge base", search, READ, TAG, query=SearchQuery, reply=ArticleRows),
    Operation(
        POST, BASE, "Write an article", write, WRITE, TAG, body=ArticleBody, reply=ArticleOut, status=201, keyed=True
    ),
    Operation(
        GET, f"{BASE}/feedback", "Who found what wrong", feedback, WRITE, TAG, query=FeedbackQuery, reply=FeedbackRows
    ),
    Operation(
        POST,
        f"{BASE}/feedback/{{feedback_id:[0-9]{{1,18}}}}/settle",
        "Settle it",
        settle,
        WRITE,
        TAG,
        body=SettleBody,
        reply=FeedbackOut,
    ),
    Operation(GET, f"{BASE}/{ID}", "One article", article, READ, TAG, reply=ArticleOut),
    Operation(PATCH, f"{BASE}/{ID}", "Change it", change, WRITE, TAG, body=ArticlePatch, reply=ArticleOut),
    Operation(
        POST, f"{BASE}/{ID}/publish", "Publish the change", publish, PUBLISH, TAG, body=RevisionBody, reply=ArticleOut
    ),
    Operation(
        POST, f"{BASE}/{ID}/withdraw", "Withdraw it", withdraw, PUBLISH, TAG, body=WithdrawBody, reply=ArticleOut
    ),
    Operation(POST, f"{BASE}/{ID}/review", "It still holds", review, WRITE, TAG, body=ReviewBody, reply=ArticleOut),
    Operation(
        POST, f"{BASE}/{ID}/wrong", "It is wrong", wrong, READ, TAG, body=WrongBody, reply=FeedbackOut, keyed=True
    ),
)
