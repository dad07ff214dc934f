"""A collection as an OGC API Features service answers for it, after the public standard; it can misbehave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Row = dict[str, Any]


@dataclass
class Collection:
    """`rows` have id, kind, changed (ISO 8601) and `at` (lng, lat)."""

    rows: list[Row]
    most: int = 10
    mosts: list[int] = field(default_factory=list)
    """Sizes of the first pages, where the service changes its mind; its links still count in `most`."""
    counts: bool = True
    counts_more: int = 0
    skips_in_pass: int = 0
    """In so many readings it leaves out the first feature of the second page."""
    repeats: int = 0
    links_on: str = ""
    """What it calls itself in its links; without it, paths alone."""
    circle: bool = False
    short: list[int] = field(default_factory=list)
    """Pages (their place among answers) with fewer features than they say."""
    removes_after: dict[int, str] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    given: int = 0

    def answer(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """The JSON for one question."""
        assert path == "/ogc/collections/service%20requests/items"
        self.asked.append(query)
        start = int(query.get("offset", 0))
        rows = [row for row in self.rows if row["changed"] >= query.get("datetime", "").removesuffix("/..")]
        if start and self.skips_in_pass:
            self.skips_in_pass -= 1
            start += 1
        size = self.mosts.pop(0) if self.mosts else self.most
        page = rows[max(0, start - (self.repeats if start else 0)) : start + size]
        onward = start + (self.most if not self.mosts else size)
        self.given += 1
        told: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": [_feature(row) for row in page],
            "numberReturned": len(page) + (self.given in self.short),
            "links": [{"rel": "self", "href": path}],
        }
        if self.counts:
            told["numberMatched"] = len(rows) + self.counts_more
        if onward < len(rows) or self.circle:
            href = f"{self.links_on}{path}?{urlencode({**query, 'offset': 0 if self.circle else onward})}"
            told["links"] += [
                {"rel": "next", "type": "text/html", "href": "/a/page/for/people"},
                {"rel": "next", "type": "application/geo+json", "href": href},
            ]
        self.rows = [row for row in self.rows if row["id"] != self.removes_after.get(self.given)]
        return told


def _feature(row: Row) -> dict[str, Any]:
    place = None if row["at"] is None else {"type": "Point", "coordinates": list(row["at"])}
    properties = {"kind": row["kind"], "changed": row["changed"], "lat": "by hand", "about": {"ward": row["kind"]}}
    return {"type": "Feature", "id": row["id"], "geometry": place, "properties": properties | row.get("more", {})}
