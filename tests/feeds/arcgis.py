"""A layer as an ArcGIS server answers for it, after Esri's public documentation of `query`; it can misbehave."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]


@dataclass
class ArcGisLayer:
    """`rows` have OBJECTID, NAME, KIND, EDITED (milliseconds) and `at` (x, y). What it does wrong is named by field."""

    rows: list[Row]
    most: int = 10
    pages: bool = True
    claims_pages: bool = False
    """Whether it says that it knows pages, though it does not."""
    orders: bool = True
    shape: str | None = "esriGeometryPoint"
    wkid: int | None = 4326
    shrinks_to: int | None = None
    """After the first page it gives fewer rows at once."""
    says_more: bool = True
    """Whether it says `exceededTransferLimit`."""
    hides: frozenset[int] = frozenset()
    """Rows that are counted and listed but never given."""
    skips_once: frozenset[int] = frozenset()
    """Rows that pages leave out and ranges of ids bring."""
    removes_after: dict[int, int] = field(default_factory=dict)
    """After so many pages this object id is gone, and all that follow move up."""
    repeats: int = 0
    """So many rows of the page before come again."""
    token: str | None = None
    fails: list[int] = field(default_factory=list)
    """Codes of errors that come with status 200, one a question."""
    zone: dict[str, Any] | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)
    given: int = 0

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON for one question."""
        self.asked.append(query)
        told = query.get("token") or headers.get("x-esri-authorization", "").removeprefix("Bearer ")
        if self.token and told != self.token:
            return _error(498 if told else 499, f"Invalid token {told}.")
        if self.fails:
            return _error(self.fails.pop(0), "Error performing query operation")
        return self._query(query) if path.endswith("/query") else self._described()

    def _described(self) -> dict[str, Any]:
        kinds = {"OBJECTID": "OID", "NAME": "String", "KIND": "Integer", "EDITED": "Date"}
        return {
            "currentVersion": 11.2,
            "type": "Feature Layer" if self.shape else "Table",
            "geometryType": self.shape,
            "objectIdField": "OBJECTID",
            "maxRecordCount": self.most,
            "advancedQueryCapabilities": {
                "supportsPagination": self.pages or self.claims_pages,
                "supportsOrderBy": self.orders,
            },
            "editFieldsInfo": {"editDateField": "EDITED", "dateFieldsTimeReference": self.zone},
            "fields": [{"name": name, "type": f"esriFieldType{kind}"} for name, kind in kinds.items()],
        }

    def _query(self, query: Mapping[str, str]) -> dict[str, Any]:
        rows = [row for row in self.rows if _meets(row, query["where"])]
        if query.get("returnCountOnly") == "true":
            return {"count": len(rows)}
        if query.get("returnIdsOnly") == "true":
            return {"objectIdFieldName": "OBJECTID", "objectIds": [row["OBJECTID"] for row in rows] or None}
        most = self.most if self.shrinks_to is None or self.given == 0 else self.shrinks_to
        by_page = "resultOffset" in query
        if by_page and not self.pages:
            return _error(400, "Pagination is not supported.")
        rows = [row for row in rows if row["OBJECTID"] not in self.hides]
        if by_page:
            rows = [row for row in rows if row["OBJECTID"] not in self.skips_once]
        if query.get("orderByFields") and self.orders:
            rows = sorted(rows, key=lambda row: row["OBJECTID"])
        start = max(0, int(query.get("resultOffset", 0)) - (self.repeats if self.given else 0))
        size = min(most, int(query.get("resultRecordCount", most)))
        page = rows[start : start + size]
        self.given += 1
        self.rows = [row for row in self.rows if row["OBJECTID"] != self.removes_after.get(self.given)]
        return self._features(page, more=start + size < len(rows))

    def _features(self, page: list[Row], *, more: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "objectIdFieldName": "OBJECTID",
            "features": [
                {"attributes": {k: v for k, v in row.items() if k != "at"}, "geometry": self._geometry(row)}
                for row in page
            ],
        }
        if self.shape:
            told["geometryType"] = self.shape
        if self.wkid is not None:
            told["spatialReference"] = {"wkid": self.wkid, "latestWkid": self.wkid}
        if more and self.says_more:
            told["exceededTransferLimit"] = True
        return told

    def _geometry(self, row: Row) -> dict[str, Any] | None:
        if row["at"] is None or self.shape is None:
            return None
        x, y = row["at"]
        if self.shape == "esriGeometryPoint":
            return {"x": x, "y": y}
        return {"rings": [[[x - 1, y - 1], [x - 1, y + 1], [x + 1, y + 1], [x + 1, y - 1], [x - 1, y - 1]]]}


def _meets(row: Row, where: str) -> bool:
    return all(_true(row, part.strip(" ()")) for part in where.split(" AND "))


def _true(row: Row, condition: str) -> bool:
    if condition == "1=1":
        return True
    found = re.fullmatch(r"(\w+) (>=|<=|=) (?:TIMESTAMP '([^']+)'|(\d+))", condition)
    assert found, condition
    name, sign, moment, number = found.groups()
    bound = int(number) if number else round(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)
    value = row[name]
    return {">=": value >= bound, "<=": value <= bound, "=": value == bound}[sign]


def moment(text: str) -> int:
    """Milliseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": [message]}}
