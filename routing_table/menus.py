"""Menus as the table carries them: what a caller is offered, beside the rows that send calls there.

In and out: frozen values, and a menu's record spread out to one field per option, so that two people may change two
options of one menu. Never: the rules of a menu (one level, 0 is a person …): those are ivr's, which plays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OPTIONS = "options"
OPTION = "options."  # + key: one option as a field of its own
ORDER = "order"  # the keys in the order in which the caller hears them
_Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MenuOption:
    """`prompt`: the line that offers it; `label`: its name on pages. `skills`, `priority`: added to the route's."""

    key: str
    id: str
    prompt: str
    label: str = ""
    skills: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Menu:
    """`prompt` opens it, then each option's own. `wait_s`: seconds for a key; `total_s`: for the whole menu."""

    id: str
    prompt: str
    options: tuple[MenuOption, ...] = ()
    wait_s: float = 4.0
    total_s: float = 60.0
    barge_in: bool = True


def spread(record: _Record) -> dict[str, object]:
    """`options` as `options.<key>` for each and `order`; as it is where a key is missing or there twice."""
    options = record.get(OPTIONS)
    if not isinstance(options, list) or not all(isinstance(option, Mapping) for option in options):
        return dict(record)
    keys = [str(option.get("key", "")) for option in options]
    if len(set(keys)) != len(keys) or not all(keys):
        return dict(record)
    rest = {name: value for name, value in record.items() if name != OPTIONS}
    return rest | {OPTION + key: option for key, option in zip(keys, options, strict=True)} | {ORDER: keys}


def gather(record: _Record) -> dict[str, object]:
    """What `spread` spread out, as the snapshot writes it. Options that `order` does not name come last."""
    given = {name.removeprefix(OPTION): value for name, value in record.items() if name.startswith(OPTION)}
    rest = {name: value for name, value in record.items() if not name.startswith(OPTION) and name != ORDER}
    if not given and ORDER not in record:
        return rest
    order = record.get(ORDER)
    keys = [str(key) for key in order] if isinstance(order, (list, tuple)) else []
    left = {key: value for key, value in given.items() if value is not None}
    wanted = [key for key in dict.fromkeys(keys) if key in left]
    rest[OPTIONS] = [left[key] for key in (*wanted, *(key for key in left if key not in wanted))]
    return rest


def changed(record: _Record, value: _Record) -> dict[str, object]:
    """The record with some fields changed: also one option (`options.3`: a record, or None to take it out), `order`."""
    fine = any(name == ORDER or name.startswith(OPTION) for name in value)
    return gather({**spread(record), **value}) if fine else {**record, **value}


def merged_order(base: object, mine: object, theirs: object) -> list[str]:
    """The keys after two people's changes: whoever moved them decides, theirs first; new keys come last."""
    before, ours, other = (list(each) if isinstance(each, list) else [] for each in (base, mine, theirs))
    moved = [key for key in other if key in before] != [key for key in before if key in other]
    first, second = (other, ours) if moved or not ours else (ours, other)
    return [*first, *(key for key in second if key not in first)]
