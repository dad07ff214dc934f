"""A Socrata portal on loopback, after https://dev.socrata.com/docs: paging, system fields, SoQL as far as used."""

import re
from collections.abc import Callable
from typing import Any

from tests.feeds.server import Asked, Reply, json_reply

Row = dict[str, Any]
_CONDITION = re.compile(r"(:?\w+) (>=|>|=) '((?:[^']|'')*)'")
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    ">=": lambda one, other: one >= other,
    ">": lambda one, other: one > other,
    "=": lambda one, other: one == other,
}


def row(number: int, updated: str = "2024-05-01T12:00:00.000Z", **fields: Any) -> Row:
    """A row as the portal stores it; its `:id` is in no order that its number could tell."""
    scrambled = f"row-{number * 7919 % 10007:05d}.{number}"
    return {":id": scrambled, ":created_at": updated, ":updated_at": updated, "case_id": f"C-{number:05d}", **fields}


class Portal:
    """Datasets by identifier. `most` is how many rows it gives at the very most, `bears` what it can compute."""

    def __init__(self, **datasets: list[Row]) -> None:
        self.datasets = {name.replace("_", "-"): rows for name, rows in datasets.items()}
        self.most, self.bears = 50_000, 50_000
        self.pages = 0
        self.on_page: Callable[[int], None] = lambda page: None
        self.repeats = 0
        self.ends_after: int | None = None

    def __call__(self, asked: Asked) -> Reply:
        """The answer to one request."""
        rows = self.datasets.get(asked.path.removeprefix("/resource/").removesuffix(".json"))
        if rows is None:
            return json_reply({"code": "dataset.missing", "error": True, "message": "Not found"}, 404)
        select, where = asked.query.get("$select", "*"), asked.query.get("$where", "")
        unknown = [name for name in select.split(",") if not self._knows(rows, name)]
        if unknown:
            message = f"Query coordinator error: query.soql.no-such-column; No such column: {unknown[0]}; position: 8"
            return json_reply({"message": message, "errorCode": "query.soql.no-such-column", "data": {}}, 400)
        found = [each for each in rows if _passes(each, where)]
        if select == "count(*)":
            return json_reply([{"count": str(len(found))}])
        return self._page(found, asked, select)

    def _page(self, found: list[Row], asked: Asked, select: str) -> Reply:
        limit = int(asked.query.get("$limit", 1000))
        if limit > self.bears:
            return json_reply({"message": "timed out", "errorCode": "query.execution.timeout"}, 500)
        name, _, direction = asked.query.get("$order", ":id").partition(" ")
        found = sorted(found, key=lambda each: str(each[name]), reverse=direction == "DESC")
        if name == ":id":
            self.pages += 1
            self.on_page(self.pages)
            if self.ends_after is not None and self.pages > self.ends_after:
                found = []
        page = found[: min(limit, self.most)]
        last = re.search(r":id > '([^']*)'", asked.query.get("$where", ""))
        if self.repeats and last and page:
            rows = self.datasets[asked.path.removeprefix("/resource/").removesuffix(".json")]
            page = [each for each in sorted(rows, key=_id) if each[":id"] <= last[1]][-self.repeats :] + page
        return json_reply([_selected(each, select) for each in page])

    def _knows(self, rows: list[Row], name: str) -> bool:
        return name in ("count(*)", "*", ":*") or any(name in each for each in rows) or not rows


def _id(row: Row) -> str:
    return str(row[":id"])


def _passes(row: Row, where: str) -> bool:
    conditions = _CONDITION.findall(where)
    assert len(conditions) == len([part for part in where.split(" AND ") if part]), where
    return all(_COMPARE[sign](str(row.get(name)), said.replace("''", "'")) for name, sign, said in conditions)


def _selected(row: Row, select: str) -> Row:
    """Empty fields are left out, as the portal does."""
    names = select.split(",")
    chosen = {
        name: value for name, value in row.items() if name in names or (":*" if name.startswith(":") else "*") in names
    }
    return {name: value for name, value in chosen.items() if value is not None}
