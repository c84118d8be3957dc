"""Missed calls to call back: work shared by everyone on duty.

In: a state, a note. Out: tasks with masked numbers; the whole number through an audited request. Never: rings a phone
by itself (that is `console.callout_api`).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPMethod

from pydantic import Field

from console.access import STAFF, Viewer
from console.call_shapes import caller_out
from console.callout_api import try_out
from console.masking import mask_text
from console.operations import Ask, Body, Operation
from console.paging import ListQuery
from console.problems import ProblemError
from console.shapes import Page, TaskOut, Unmasked
from gateway.store import Task, TaskState, close_task, log_audit, tasks_page
from gateway.store.callouts import tries_of
from gateway.store.models import OutCall

TAG = "tasks"
ID = "{task_id:[A-Za-z0-9._-]{1,60}}"


class TasksQuery(ListQuery):
    state: TaskState | None = TaskState.OPEN


class DoneBody(Body):
    note: str = Field(min_length=1, max_length=1000)


def _may_reveal(viewer: Viewer, task: Task) -> bool:
    """Whoever is on duty needs the number of an open task to ring it; afterwards only overseers look back."""
    return viewer.oversees or task.state is TaskState.OPEN


def _task_out(task: Task, viewer: Viewer, tries: Sequence[OutCall] = ()) -> TaskOut:
    return TaskOut(
        task_id=task.task_id,
        kind=task.kind.value,
        state=task.state,
        linkedid=task.linkedid,
        hotline_number=task.hotline_number,
        hotline_name=task.hotline_name,
        caller=caller_out(task.caller_number, withheld=task.caller_withheld),
        waited_s=task.waited_s,
        text=mask_text(task.text),
        created_at=task.created_at,
        done_at=task.done_at,
        done_by=task.done_by,
        note=task.note,
        may_reveal=task.caller_number is not None and _may_reveal(viewer, task),
        may_call=bool(viewer.seat) and task.caller_number is not None and task.state is TaskState.OPEN,
        tries=[try_out(one, viewer) for one in tries],
    )


async def tasks(ask: Ask) -> Page[TaskOut]:
    query = ask.query_as(TasksQuery)
    async with ask.deps.store.reading() as session:
        page = await tasks_page(session, query.state, cursor=query.cursor, limit=query.limit)
        tries = await tries_of(session, [f"task:{task.task_id}" for task in page.items])
    shown = [_task_out(task, ask.viewer, tries.get(f"task:{task.task_id}", ())) for task in page.items]
    return Page[TaskOut](items=shown, next=page.next)


async def done(ask: Ask) -> TaskOut:
    body = ask.body_as(DoneBody)
    async with ask.deps.store.session() as session:
        task = await close_task(
            session, ask.request.match_info["task_id"], by=ask.viewer.user, note=body.note, at=ask.deps.clock()
        )
        tries = (await tries_of(session, [f"task:{task.task_id}"])).get(f"task:{task.task_id}", ())
    return _task_out(task, ask.viewer, tries)


async def reveal(ask: Ask) -> Unmasked:
    async with ask.deps.store.session() as session:
        task = await session.get(Task, ask.request.match_info["task_id"])
        if task is None:
            raise ProblemError("not-found", "没有这个任务")
        if not _may_reveal(ask.viewer, task):
            raise ProblemError("forbidden", "任务已完成，只有班长可以查看完整号码")
        await log_audit(
            session,
            ask.viewer.user,
            "number.revealed",
            f"task:{task.task_id}",
            at=ask.deps.clock(),
            ip=ask.request.remote or "",
        )
    return Unmasked(number=task.caller_number, raw=task.caller_raw)


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        "/api/v1/tasks",
        "Missed calls to call back",
        tasks,
        STAFF,
        TAG,
        query=TasksQuery,
        reply=Page[TaskOut],
    ),
    Operation(
        HTTPMethod.POST, f"/api/v1/tasks/{ID}/done", "Done, with a note", done, STAFF, TAG, body=DoneBody, reply=TaskOut
    ),
    Operation(
        HTTPMethod.POST, f"/api/v1/tasks/{ID}/reveal", "The whole number (audited)", reveal, STAFF, TAG, reply=Unmasked
    ),
)
