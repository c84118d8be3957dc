"""Open311's two formats: JSON, and XML of the shapes that GeoReport v2 shows.

In: plain values. Out: text. Never: a character that XML cannot hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from aiohttp import web

CONTENT_TYPES = {"json": "application/json", "xml": "application/xml"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Row = Mapping[str, Any]


def listing(format_: str, outer: str, inner: str, rows: Sequence[Row], status: int = 200) -> web.Response:
    """`[{…}]`, or `<outer><inner>…</inner></outer>`."""
    if format_ == "json":
        return _response(json.dumps(rows, ensure_ascii=False), "json", status)
    root = ElementTree.Element(outer)
    for row in rows:
        _fill(ElementTree.SubElement(root, inner), row)
    return _response(_text(root), "xml", status)


def single(format_: str, name: str, row: Row) -> web.Response:
    """`{…}`, or `<name>…</name>`."""
    if format_ == "json":
        return _response(json.dumps(row, ensure_ascii=False), "json", 200)
    root = ElementTree.Element(name)
    _fill(root, row)
    return _response(_text(root), "xml", 200)


def errors(format_: str, status: int, description: str) -> web.Response:
    return listing(format_, "errors", "error", [{"code": status, "description": description}], status)


def _fill(element: ElementTree.Element, row: Row) -> None:
    for name, value in row.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(value, Mapping):
            _fill(child, value)
        elif isinstance(value, list | tuple):
            for one in value:
                item = ElementTree.SubElement(child, name.removesuffix("s"))
                if isinstance(one, Mapping):
                    _fill(item, one)
                else:
                    item.text = _plain(one)
        elif value is not None:
            child.text = _plain(value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("\ufffd", str(value))


def _text(root: ElementTree.Element) -> str:
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _response(text: str, format_: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type=CONTENT_TYPES[format_], charset="utf-8")
