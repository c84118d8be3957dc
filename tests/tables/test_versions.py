"""The life of a version, on both databases: what may be published by whom, and what a refusal leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.config import ConfigError, load_config
from gateway.errors import CallerFaultError
from gateway.store import ConflictError, NotFoundError, Store, audit_page
from gateway.store.kinds import VersionKind, VersionState
from gateway.store.tables import find_version, versions_page
from gateway.tables import publishing, versions
from gateway.tables.versions import EditConflictError, ProofError, SecondPersonError
from routing_table import TableError, from_json, to_json, versioned
from routing_table.merge import Side
from tests.routing_table.city import DEMO
from tests.tables.scene import (
    AT,
    FACTS,
    LI,
    WANG,
    ZHAO,
    change,
    draft,
    edited,
    filled,
    in_force,
    note_of,
    published,
    submitted,
)


async def test_the_first_table_is_taken_in_once_under_its_own_number(store: Store) -> None:
    first = await filled(store, versioned(DEMO, 7))
    again = await filled(store, versioned(replace(DEMO, trunks=()), 9))
    assert (first.number, again.number, again.version) == (7, 7, first.version)
    assert (await edited(store, WANG, change("12333", note="x"))).number == 8


async def test_a_second_person_puts_the_draft_in_force_and_the_old_version_retires(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="已核对"))
    await submitted(store)
    done = await published(store)
    assert (done.state, done.published_by, done.reason, done.changes) == (VersionState.PUBLISHED, "li", "测试", 1)
    version, table = await in_force(store)
    assert version.number == 2 and table.version == version.version and note_of(table, "12333") == "已核对"
    assert to_json(table) == done.content
    async with store.reading() as session:
        old = await find_version(session, 1)
        page = await versions_page(session)
        acts = [entry.what for entry in (await audit_page(session, what="table.")).items]
    assert (old.state, old.retired_at) == (VersionState.RETIRED, AT)
    assert [found.number for found in page.items] == [2, 1]
    assert acts[0] == "table.published" and {"table.taken_in", "table.edited", "table.checked"} <= set(acts)


async def test_whoever_had_a_hand_in_a_draft_does_not_publish_it(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="a"))
    await edited(store, LI, change("12345", note="b"))
    await submitted(store, ZHAO)
    for author in (WANG, LI):
        with pytest.raises(SecondPersonError):
            await published(store, author)
    assert (await in_force(store))[0].number == 1
    await published(store, ZHAO)


async def test_a_small_city_may_let_one_person_publish(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="a"))
    await submitted(store)
    assert (await published(store, WANG, publishers=1)).state is VersionState.PUBLISHED


async def test_nothing_unproved_is_published(store: Store) -> None:
    await filled(store)
    with pytest.raises(NotFoundError):
        await published(store)
    await edited(store, WANG, change("12333", note="a"))
    with pytest.raises(ConflictError, match="尚未"):
        await published(store)
    await submitted(store)
    await edited(store, WANG, change("12333", note="b"))  # after the check: it must be checked again
    with pytest.raises(ConflictError, match="尚未"):
        await published(store)
    assert (await in_force(store))[0].number == 1


async def test_errors_stop_a_draft_and_cannot_be_accepted(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", menu_open="no-such", menu_calendar="no-such"))
    async with store.reading() as session:
        _, findings = await versions.prove_draft(session, FACTS)
    assert findings.errors
    with pytest.raises(ProofError) as refused:
        await submitted(store)
    assert refused.value.findings.errors == findings.errors
    with pytest.raises(CallerFaultError, match="不能确认放行"):
        async with store.session() as session:
            await versions.accept_warnings(session, WANG, [findings.errors[0].coded], "理由", FACTS)


async def test_a_warning_wants_a_reason_and_covers_only_itself(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", name="人社热线"))
    with pytest.raises(ProofError) as refused:
        async with store.session() as session:
            await versions.submit(session, WANG, FACTS)
    renamed = next(warning for warning in refused.value.open_warnings if warning.code == "renamed")
    with pytest.raises(CallerFaultError, match="理由"):
        async with store.session() as session:
            await versions.accept_warnings(session, WANG, [renamed.coded], "  ", FACTS)
    await submitted(store)
    await edited(store, WANG, change("12333", name="人社服务热线"))  # another name: another warning
    with pytest.raises(ProofError) as again:
        async with store.session() as session:
            await versions.submit(session, WANG, FACTS)
    assert [warning.code for warning in again.value.open_warnings] == ["renamed"]


async def test_publishing_that_breaks_half_way_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="a"))
    await submitted(store)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    for step in ("retire_others", "set_head", "notify_published", "log_act"):
        with monkeypatch.context() as patch, pytest.raises(RuntimeError):
            patch.setattr(publishing, step, broken)
            await published(store)
        version, _ = await in_force(store)
        assert (version.number, version.state) == (1, VersionState.PUBLISHED)
        assert (await draft(store))[0].state is VersionState.CHECKED
    await published(store)


# -- two admins ----------------------------------------------------------------------------------------------------


async def test_two_admins_on_different_fields_both_keep_their_work(store: Store) -> None:
    await filled(store)
    begun = await edited(store, WANG, change("12345", note="start"))
    await edited(store, WANG, change("12333", note="wang"), revision=begun.revision)
    merged = await edited(store, LI, change("12333", priority=5), change("12348", note="li"), revision=begun.revision)
    _, table = await draft(store)
    row = next(row for row in table.rows if row.number == "12333")
    assert (row.note, row.priority, note_of(table, "12348")) == ("wang", 5, "li")
    assert merged.authors == ["li", "wang"] and merged.revision == begun.revision + 2


async def test_two_admins_on_one_field_get_the_conflict_and_nothing_is_lost(store: Store) -> None:
    await filled(store)
    begun = await edited(store, WANG, change("12345", note="start"))
    await edited(store, WANG, change("12333", note="wang"), revision=begun.revision)
    with pytest.raises(EditConflictError) as refused:
        await edited(store, LI, change("12333", note="li"), change("12348", note="li"), revision=begun.revision)
    conflict = refused.value.conflicts[0]
    assert (conflict.key, conflict.field, conflict.mine, conflict.theirs) == ("12333", "note", "li", "wang")
    _, table = await draft(store)
    assert (note_of(table, "12333"), note_of(table, "12348")) == ("wang", note_of(DEMO, "12348"))
    await edited(store, LI, change("12333", note="li"), revision=refused.value.revision)
    assert note_of((await draft(store))[1], "12333") == "li"


async def test_many_saves_at_once_are_all_kept(store: Store) -> None:
    await filled(store)
    begun = await edited(store, WANG, change("12345", note="start"))
    numbers = [row.number for row in DEMO.rows if row.number != "12345" and row.valid_from is None][:8]
    await asyncio.gather(
        *(edited(store, WANG, change(number, note=f"n{number}"), revision=begun.revision) for number in numbers)
    )
    found, table = await draft(store)
    assert found.revision == begun.revision + len(numbers)
    assert [note_of(table, number) for number in numbers] == [f"n{number}" for number in numbers]


async def test_wrong_edits_save_nothing_and_name_every_place(store: Store) -> None:
    await filled(store)
    with pytest.raises(TableError) as refused:
        await edited(
            store, WANG, change("12333", note="fine"), change("12333", priority="x"), change("99999", note="y")
        )
    assert len(refused.value.problems) >= 1
    with pytest.raises(NotFoundError):
        await draft(store)


async def test_a_draft_begun_before_another_publication_is_brought_forward(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="draft"))
    await submitted(store)
    await published(store)
    await edited(store, WANG, change("12333", note="second"), change("12348", note="mine"))
    async with store.session() as session:
        await versions.rollback(session, LI, 1, "撤回", FACTS)
    with pytest.raises(ConflictError, match="现行版本"):
        await submitted(store)
    with pytest.raises(EditConflictError):
        async with store.session() as session:
            await versions.rebase(session, WANG)
    async with store.session() as session:
        rebased = await versions.rebase(session, WANG, prefer=Side.MINE)
    _, table = await draft(store)
    assert (note_of(table, "12333"), note_of(table, "12348"), rebased.base) == ("second", "mine", 4)
    await submitted(store)
    assert (await published(store)).number == 3
    assert (await in_force(store))[0].number == 3


async def test_a_rebase_takes_each_conflict_as_it_was_decided_and_asks_again_for_what_has_changed(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="first", unit="one"))
    await submitted(store)
    await published(store)
    async with store.session() as session:
        await versions.rollback(session, LI, 1, "走错了", FACTS)
    await edited(store, WANG, change("12333", note="mine", unit="mine", priority=1))
    async with store.session() as session:
        await versions.rollback(session, LI, 2, "还是对的", FACTS)
    with pytest.raises(EditConflictError) as asked:
        async with store.session() as session:
            await versions.rebase(session, WANG)
    note, unit = sorted(asked.value.conflicts, key=lambda one: one.field)
    with pytest.raises(EditConflictError) as again:
        async with store.session() as session:
            stale = replace(unit, theirs="what it was when nobody looked")
            await versions.rebase(session, WANG, {note: Side.MINE, stale: Side.THEIRS})
    assert again.value.conflicts == (unit,)
    async with store.session() as session:
        await versions.rebase(session, WANG, {note: Side.MINE, unit: Side.THEIRS})
    _, table = await draft(store)
    row = next(row for row in table.rows if row.number == "12333")
    assert (row.note, row.hotline.unit, row.priority) == ("mine", "one", 1)


# -- back ----------------------------------------------------------------------------------------------------------


async def test_a_rollback_is_one_act_and_itself_a_version(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="wrong"))
    await submitted(store)
    await published(store)
    async with store.session() as session:
        back = await versions.rollback(session, LI, 1, "走错了", FACTS)
    assert (back.number, back.kind, back.restores, back.base) == (3, VersionKind.ROLLBACK, 1, 2)
    version, table = await in_force(store)
    assert version.version == back.version and back.version.startswith("3-")
    assert back.version.split("-")[1] == DEMO.version.split("-")[1]  # the very content of version 1
    assert note_of(table, "12333") == note_of(DEMO, "12333")
    for number in (3, 99):
        with pytest.raises((ConflictError, NotFoundError)):
            async with store.session() as session:
                await versions.rollback(session, LI, number, "", FACTS)


async def test_a_version_that_was_never_in_force_cannot_come_back(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="a"))
    async with store.session() as session:
        gone = await versions.discard(session, WANG)
    assert gone.state is VersionState.DISCARDED
    with pytest.raises(ConflictError, match="从未发布"):
        async with store.session() as session:
            await versions.rollback(session, LI, gone.number, "", FACTS)
    assert (await edited(store, WANG, change("12333", note="b"))).number == 3


async def test_what_is_published_reads_back_letter_for_letter(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="生僻字𠮷与“引号”"))
    await submitted(store)
    await published(store)
    version, table = await in_force(store)
    assert from_json(version.content) == table and to_json(table) == version.content


async def test_two_people_publishing_at_once_publish_once(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="a"))
    await submitted(store)
    done = await asyncio.gather(published(store, LI), published(store, ZHAO), return_exceptions=True)
    assert sorted(isinstance(one, Exception) for one in done) == [False, True]
    assert (await in_force(store))[0].number == 2
    async with store.reading() as session:
        acts = [entry.what for entry in (await audit_page(session, what="table.published")).items]
    assert acts == ["table.published"]


async def test_a_rollback_is_stopped_by_what_only_the_old_version_gets_wrong(store: Store) -> None:
    """A prompt was withdrawn since: the old version would play silence, the one in force does not."""
    await filled(store)
    await edited(store, WANG, change("12333", greeting="greet-12345"))
    await submitted(store)
    await published(store)
    heard = frozenset({row.greeting or f"greet-{row.number}" for row in DEMO.rows}) - {"greet-12333"}
    facts = replace(FACTS, prompts=heard | {"transition", "cancelled", "recording-notice", "leave-message"})
    with pytest.raises(ProofError) as refused:
        async with store.session() as session:
            await versions.rollback(session, LI, 1, "撤回", facts)
    assert {error.place for error in refused.value.findings.errors} == {"row/12333/greeting"}
    async with store.session() as session:  # what is wrong in both does not stop it
        nothing_sounds = replace(FACTS, prompts=frozenset({"greet-12345", "greet-12333"}))
        await versions.rollback(session, LI, 1, "撤回", nothing_sounds)


@pytest.mark.parametrize("value", ["0", "3", "x"])
def test_publishers_are_one_or_two(value: str) -> None:
    with pytest.raises(ConfigError, match="HOTLINE_PUBLISHERS"):
        load_config({"HOTLINE_PUBLISHERS": value})
    assert load_config({}).publishers == 2
