"""A CKAN portal on loopback, after https://docs.ckan.org: resource_show, datastore_search and datastore_search_sql."""

import re
import sqlite3
from collections.abc import Callable
from typing import Any

from tests.feeds.server import Asked, Reply, json_reply, ranged

Row = dict[str, Any]
RESOURCE = "0c6a8f2e-31a6-4f6e-9d0c-4a3a5f6b7c8d"


class Portal:
    """One resource: `rows` of its datastore, `file` as its download. `most` is the portal's own limit of rows."""

    def __init__(self, rows: list[Row], *, sql: bool = False, file: bytes = b"") -> None:
        self.rows, self.sql, self.file = rows, sql, file
        self.most, self.bears = 32_000, 32_000
        self.repeats, self.estimated, self.withheld = 0, False, 0
        self.modified = "2024-05-01T12:00:00.000000"
        self.file_url = "/files/feed.csv"
        self.pages = 0
        self.on_page: Callable[[int], None] = lambda page: None

    def __call__(self, asked: Asked) -> Reply:
        """The answer to one request."""
        if asked.path == "/files/feed.csv":
            return ranged(asked, self.file, {"ETag": '"one"', "Content-Type": "text/csv"})
        if asked.query.get("resource_id", RESOURCE) != RESOURCE or asked.query.get("id", RESOURCE) != RESOURCE:
            return _failed("Not Found Error", 404)
        action = asked.path.removeprefix("/api/3/action/")
        if action == "resource_show":
            return _done({"id": RESOURCE, "last_modified": self.modified, "url": self.file_url})
        if action == "datastore_search":
            return self._search(asked)
        return self._select(asked.query["sql"]) if action == "datastore_search_sql" and self.sql else _failed("", 400)

    def fields(self) -> list[str]:
        """Names of the columns."""
        return list(self.rows[0]) if self.rows else ["_id", "case", "kind"]

    def _search(self, asked: Asked) -> Reply:
        limit, offset = int(asked.query.get("limit", 100)), int(asked.query.get("offset", 0))
        if limit > self.bears:
            return Reply(status=504)
        names = asked.query["fields"].split(",") if "fields" in asked.query else self.fields()
        if not set(names) <= set(self.fields()):
            return _failed("Validation Error", 409)
        if limit:
            self.pages += 1
            self.on_page(self.pages)
        rows = sorted(self.rows, key=lambda each: int(each["_id"])) if asked.query.get("sort") == "_id" else self.rows
        rows = rows[::-1] if asked.query.get("sort") == "_id desc" else rows
        start = max(0, offset - (self.repeats if offset else 0))
        records = rows[: len(rows) - self.withheld][start : offset + min(limit, self.most)]
        return _done(
            {
                "resource_id": RESOURCE,
                "fields": [{"id": name, "type": "text"} for name in self.fields()],
                "records": [{name: each[name] for name in names} for each in records],
                "limit": min(limit, self.most),
                "offset": offset,
                "total": len(rows),
                "total_was_estimated": self.estimated,
            }
        )

    def _select(self, sql: str) -> Reply:
        self.pages += 1
        self.on_page(self.pages)
        names = self.fields()
        if not set(re.findall(r'"([^"]+)"', sql)) <= {*names, RESOURCE}:  # SQLite would take an unknown name for text
            return _failed("Validation Error", 409)
        with sqlite3.connect(":memory:") as base:
            base.execute(f'CREATE TABLE "{RESOURCE}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)})')
            marks = ", ".join("?" * len(names))
            held = [[each[name] for name in names] for each in self.rows[: len(self.rows) - self.withheld]]
            base.executemany(f'INSERT INTO "{RESOURCE}" VALUES ({marks})', held)
            found = base.execute(sql)
            columns = [column[0] for column in found.description]
            records = [dict(zip(columns, values, strict=True)) for values in found][: self.most]
        if columns == ["n"]:
            records = [{"n": str(records[0]["n"] + self.withheld)}]
        return _done({"records": records, "fields": [{"id": name} for name in columns]})


def _done(result: Any) -> Reply:
    return json_reply({"help": "…", "success": True, "result": result})


def _failed(kind: str, status: int) -> Reply:
    return json_reply({"help": "…", "success": False, "error": {"__type": kind}}, status)
