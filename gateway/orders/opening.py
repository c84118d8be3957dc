"""A new order that did not come with a call of ours: filed on the web, by the office, through Open311.

In: what is filed and who the caller is. Out: a row with a number, its first event, and the code that the caller looks
it up with. Never: accepts it: a person does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

import workorder
from gateway.store import OrderState, next_number
from gateway.store.models import WorkOrder
from routing_table import CITY_ZONE
from workorder.events import Actor, ActorRole, EventKind, Json, OrderEvent

from .driver import Applied, opened
from .rulebook import Rulebook
from .telling import code_hash, new_code

CALLER = Actor("caller", ActorRole.CALLER)


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed. `channel`: web app sms office open311 … ; `hotline`: (number, name, unit) that it counts to.

    `seat`: whose order it is, when a seat files it. The caller's particulars stay out of the repr."""

    channel: str
    title: str
    matter: str
    category: workorder.Category | None = None
    subject: str = ""
    area: str = ""
    hotline: tuple[str, str, str] = ("12345", "12345 政务服务便民热线", "")
    source: str = ""
    seat: str | None = None
    urgent: bool = False
    emergency: bool = False
    secrecy: bool = False
    public: bool = False
    accused: tuple[str, ...] = ()
    caller_name: str = field(default="", repr=False)
    contact: str | None = field(default=None, repr=False)
    employer: str | None = field(default=None, repr=False)
    address: str = field(default="", repr=False)
    ip: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Filed:
    """`code`: shown once; the store keeps its hash."""

    applied: Applied
    code: str

    @property
    def order_id(self) -> str:
        return self.applied.row.order_id


async def file_order(
    session: AsyncSession, rulebook: Rulebook, filing: Filing, at: datetime, *, by: Actor = CALLER, profile: str = ""
) -> Filed:
    """A draft order under the city's profile. Raises RefusedError (a category that the profile does not have)."""
    day = at.astimezone(CITY_ZONE).date()
    order_id = workorder.number_of(day, await next_number(session, f"order:{day:%Y%m%d}"))
    code = new_code()
    row = _row(order_id, filing, at)
    row.code_hash = code_hash(order_id, code)
    event = OrderEvent(EventKind.OPENED, at, by, "", _data(filing))
    return Filed(await opened(session, rulebook, row, event, profile=profile), code)


def _data(filing: Filing) -> dict[str, Json]:
    return {
        "channel": filing.channel,
        "hotline": filing.hotline[0],
        "source": filing.source,
        "seat": filing.seat,
        "category": filing.category.value if filing.category else None,
        "subject": filing.subject,
        "area": filing.area,
        "title": filing.title,
        "matter": filing.matter,
        "urgent": filing.urgent,
        "emergency": filing.emergency,
        "secrecy": filing.secrecy,
        "public": filing.public,
        "accused": list(filing.accused),
    }


def _row(order_id: str, filing: Filing, at: datetime) -> WorkOrder:
    return WorkOrder(
        order_id=order_id,
        state=OrderState.DRAFT,
        linkedid=None,
        hotline_number=filing.hotline[0],
        hotline_name=filing.hotline[1],
        hotline_unit=filing.hotline[2],
        dialled="",
        choice="",
        seat=filing.seat,
        caller_raw="",
        caller_number=None,
        caller_withheld=False,
        caller_name=filing.caller_name,
        contact=filing.contact,
        employer=filing.employer,
        ip=filing.ip,
        category=filing.category,
        title=filing.title,
        matter=filing.matter,
        address=filing.address,
        secret=filing.secrecy,
        version=0,
        created_at=at,
        updated_at=at,
        channel=filing.channel,
    )
