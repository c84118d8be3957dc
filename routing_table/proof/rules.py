"""What the rules of the merge ask of a table, beside where its ways end.

In: table and facts. Out: findings about numbers, dates, lines, shares, calendars. Never: looks at one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from routing_table.checks import contradictions
from routing_table.entities import ENTITY_OF, entities, row_key
from routing_table.model import LinkKind, Row, Table
from routing_table.notices import heeds_notices, provisional_years
from routing_table.numbers import normalise_dialled

from .model import Facts, Finding, finding
from .moments import first_day

LOOK_AHEAD_DAYS = 60  # the State Council's notice comes in autumn
LONG_OVERRIDE_DAYS = 31
Found = Iterator[Finding]


def contradicting(table: Table) -> Found:
    """What `load` would refuse, at the place of its entity."""
    keys = {entity: list(records) for entity, records in entities(table).items()}
    for it in contradictions(table):
        entity = ENTITY_OF[it.section]
        yield finding(it.code, f"{entity.value}/{keys[entity][it.index]}/{it.field}", *it.args)


def numbers(table: Table, facts: Facts) -> Found:
    """Emergency numbers are there and nobody else's; experts where allowed; numbers in the form they arrive in."""
    area = table.city.area_code
    listed = {normalise_dialled(item.number, area) for item in table.emergencies}
    for number in sorted(facts.emergencies - listed):
        yield finding("emergency-missing", f"emergency/{number}/number", number)
    for row in table.rows:
        place = f"row/{row_key(row)}"
        for name, written in (("number", (row.number,)), ("aliases", row.aliases)):
            for one in written:
                if normalise_dialled(one, area) in facts.emergencies:
                    yield finding("emergency-hidden", f"{place}/{name}", one)
        arrives = normalise_dialled(row.number, area)
        if arrives != row.number:
            yield finding("unreadable", f"{place}/number", arrives or "?")
        if row.number in facts.never_expert and row.expert_seat_allowed:
            yield finding("never-expert", f"{place}/expert_seat_allowed", row.number)
    for never in table.never_opened:
        if normalise_dialled(never.number, area) in facts.emergencies:
            yield finding("emergency-hidden", f"never_opened/{never.number}/number", never.number)


def validity(table: Table, facts: Facts) -> Found:
    """Rows that nothing hides; numbers without gaps; a main number and trunk numbers that never end."""
    by_number: dict[str, list[Row]] = {}
    for row in table.rows:
        by_number.setdefault(row.number, []).append(row)
    for number, rows in by_number.items():
        yield from _hidden(table, rows, facts.today)
        gaps = _gaps(rows, facts.today)
        for since, until in gaps:
            place = f"row/{row_key(rows[-1])}/valid_until"
            if number == table.city.main:
                yield finding("main-gap", place, since)
            elif until is None and since > facts.today:  # one that ended before is history
                yield finding("number-ends", place, number, since)
            elif until is not None:
                yield finding("gap", place, number, since, until)
    for trunk in table.trunks:
        for name, number in (("number", trunk.number), ("default", trunk.default)):
            uncovered = _gaps(by_number[number], facts.today) if number in by_number else []
            for since, _ in uncovered[:1]:
                yield finding("trunk-gap", f"trunk/{trunk.name}/{name}", number, since)


def _hidden(table: Table, rows: list[Row], today: date) -> Found:
    for row in rows:
        start = first_day(row, today)
        if start is None:
            continue  # history
        entry = table.by_number.get(normalise_dialled(row.number, table.city.area_code))
        if entry is None:
            continue  # its number is unreadable, which is said elsewhere
        other = entry.emergency or entry.never_opened
        if other is not None:
            yield finding("unreachable", f"row/{row_key(row)}/number", other.name)
            continue
        days = [start, *(one.valid_until for one in entry.rows if one.valid_until and row.valid_on(one.valid_until))]
        met = [next((one for one in entry.rows if one.valid_on(day)), row) for day in days if day >= start]
        if not any(one is row for one in met):
            yield finding("unreachable", f"row/{row_key(row)}/valid_from", met[0].hotline.name)


def _gaps(rows: Iterable[Row], today: date) -> list[tuple[date, date | None]]:
    """Spans without a row that are not over: (from, until), the last without end. Before the first row is no gap."""
    spans = sorted(((row.valid_from or date.min), (row.valid_until or date.max)) for row in rows)
    found: list[tuple[date, date | None]] = []
    covered = spans[0][0]
    for start, end in spans:
        if start > covered and start > today:
            found.append((covered, start))
        covered = max(covered, end)
    if covered < date.max:
        found.append((covered, None))
    return found


def dates(table: Table, facts: Facts) -> Found:
    """A number is cancelled after a transition only; a share takes from somewhere."""
    for row in table.rows:
        place = f"row/{row_key(row)}"
        if first_day(row, facts.today) is None:
            continue
        if not row.number_kept and row.cut_over is None and row.rolled_back is None:
            yield finding("cancelled-undated", f"{place}/cut_over")
        elif row.cut_over and row.cut_over > facts.today and row.transition_from is None:
            yield finding("no-transition", f"{place}/transition_from", row.cut_over)
        if row.shared_percent and not _has_line(table, row):
            yield finding("share-no-line", f"{place}/shared_percent")
        if row.shared_calendar and not row.shared_percent:
            yield finding("share-nothing", f"{place}/shared_calendar")


def chains(table: Table) -> Found:
    """Links that the gateway does not come to: it keeps a caller in line for the shared seats (experts join there)."""
    for row in table.rows:
        kinds = [link.kind for link in row.chain]
        behind = row.chain[kinds.index(LinkKind.SHARED_SEATS) + 1 :] if LinkKind.SHARED_SEATS in kinds else ()
        for link in behind:
            if link.kind in (LinkKind.UNIT_LINE, LinkKind.HOTLINE, LinkKind.EMERGENCY):
                yield finding("behind-shared", f"row/{row_key(row)}/chain", link)


def _has_line(table: Table, row: Row) -> bool:
    named = any(link.kind in (LinkKind.UNIT_LINE, LinkKind.HOTLINE) for link in row.chain)
    return named or bool(table.lines_of.get(row.number))


def lines(table: Table, facts: Facts, rung: set[str]) -> Found:
    """Lines that no call rings, and lines whose own number leads back here."""
    area = table.city.area_code
    for line in table.unit_lines:
        over = line.valid_until is not None and line.valid_until <= facts.today
        if line.ref not in rung and not over:
            yield finding("line-unused", f"unit_line/{line.ref}/ref")
        if line.number and normalise_dialled(line.number, area) in table.by_number:
            yield finding("line-leads-back", f"unit_line/{line.ref}/number", line.number)


def calendars(table: Table, facts: Facts) -> Found:
    """Years without a notice that calendars in use run into; overrides that were not meant to last so long."""
    used = {line.calendar for line in table.unit_lines}
    used |= {name for row in table.rows for name in (row.menu_calendar, row.shared_calendar)}
    heeding = sorted(one.name for one in table.calendars if one.name in used and heeds_notices(one))
    ahead = facts.today.toordinal() + LOOK_AHEAD_DAYS
    last = date.fromordinal(min(ahead, date.max.toordinal())).year
    for year in provisional_years(table, facts.today.year, last) if heeding else ():
        yield finding("provisional", f"notice/{year}/year", year, " ".join(heeding))
    for calendar in table.calendars:
        for override in calendar.overrides:
            lasts = override.until - override.since
            if lasts > timedelta(days=LONG_OVERRIDE_DAYS) and override.until.date() >= facts.today:
                yield finding("override-long", f"calendar/{calendar.name}/overrides", lasts.days)
