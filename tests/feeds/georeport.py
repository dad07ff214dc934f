"""Service requests as an Open311 GeoReport v2 server lists them, after the public specification; it can misbehave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import orjson

Row = dict[str, Any]
SPAN = timedelta(days=90)


@dataclass
class GeoReport:
    """`rows` have service_request_id, requested_datetime and updated_datetime (ISO 8601 with offset), and more."""

    rows: list[Row]
    cap: int = 20
    caps: list[int] = field(default_factory=list)
    """Caps of the first answers, where the server changes its mind."""
    pages: bool = False
    knows_updates: bool = False
    oldest_first: bool = False
    key: str | None = None
    jurisdiction: str | None = None
    repeats: int = 0
    """So many rows come twice in an answer."""
    doctype: bool = False
    last_for_ever: bool = False
    """Whether pages beyond the last give the last one again."""
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body for one question."""
        self.asked.append(query)
        form = path.rpartition(".")[2]
        if self.key and query.get("api_key") != self.key:
            return 403, _written([{"code": "403", "description": f"no key {query.get('api_key')}"}], form, "error")
        if self.jurisdiction and query.get("jurisdiction_id") != self.jurisdiction:
            return 400, _written([{"code": "400", "description": "jurisdiction_id not found"}], form, "error")
        body = _written(self._listed(query), form, "request")
        return 200, body.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1) if self.doctype else body

    def _listed(self, query: Mapping[str, str]) -> list[Row]:
        if self.knows_updates and "updated_after" in query:
            rows = _between(self.rows, "updated_datetime", query["updated_after"], query.get("updated_before"))
        else:
            start, end = _moment(query["start_date"]), _moment(query["end_date"])
            assert end - start <= SPAN, "more than 90 days"
            rows = _between(self.rows, "requested_datetime", query["start_date"], query["end_date"])
        rows = sorted(rows, key=lambda row: _moment(row["requested_datetime"]), reverse=not self.oldest_first)
        cap = self.caps.pop(0) if self.caps else self.cap
        if not self.pages:
            listed = rows[:cap]
        else:
            size = min(cap, int(query.get("page_size", cap)))
            page = int(query.get("page", 1)) - 1
            listed = rows[page * size :][:size]
            if not listed and self.last_for_ever:
                listed = rows[(len(rows) - 1) // size * size :]
        rich = query.get("extensions") == "true"
        return [*_shown(listed, rich=rich), *_shown(listed[: self.repeats], rich=rich)]


def _shown(rows: list[Row], *, rich: bool) -> list[Row]:
    return [{k: v for k, v in row.items() if rich or k != "extended_attributes"} for row in rows]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo, f"{text} has no offset"
    return moment


def _between(rows: list[Row], name: str, start: str, end: str | None) -> list[Row]:
    last = _moment(end) if end else None
    return [
        row for row in rows if _moment(start) <= _moment(row[name]) and (last is None or _moment(row[name]) <= last)
    ]


def _written(rows: list[Row], form: str, name: str) -> bytes:
    if form == "json":
        return orjson.dumps(rows)
    listed = "".join(_element(name, row) for row in rows)
    root = "errors" if name == "error" else "service_requests"
    return f'<?xml version="1.0" encoding="utf-8"?><{root}>{listed}</{root}>'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(k, v) for k, v in value.items())}</{name}>"
    return f"<{name}/>" if value is None else f"<{name}>{escape(str(value))}</{name}>"
