"""Tiny stores for attacks, drawn as text: one figure a line, `place when figure [category]`.

zone1/a     2025      7        a figure of 7 ± 3
zone1/b     2025      <        hidden: 0 to floor - 1 + 3
city        2025-Q1   .        not reported
city        2025-03   41±9     a figure with a margin of its own
district/1  2025      12  settled
city        2025      0        zero
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from etl.audit.finding import Finding
from etl.audit.published import Published, published
from layers.period import Grain
from layers.policy import PROTECTED_TOPICS, policy_for
from layers.release import GeoFile, ReleaseDraft
from layers.store.downloads import build_downloads
from layers.store.schema import conform

FLOOR, MARGIN = 5, 3
ZONES = """
    cell  zone1  zone2  neighborhood  district  homes
    c1    a      A      N1            1         120
    c2    a      A      N1            1         30
    c3    b      A      N1            1         400
    c4    c      B      N2            1         110
    c5    d      C      N2            2         700
"""
"""Two districts; neighborhood N2 lies in both. Zone B is a whole piece, so it may have fewer than 500 homes."""

CLEAN = """
    city            2025     46
    district/1      2025     25
    district/2      2025     21
    neighborhood/N1 2025     19
    neighborhood/N2 2025     27
    zone2/A         2025     19
    zone2/B         2025     6
    zone2/C         2025     21
    zone1/a         2025     <
    zone1/b         2025     17
    zone1/c         2025     6
    zone1/d         2025     21
    city            2025-12  14
    district/1      2025-12  9
    district/2      2025-12  5
    neighborhood/N1 2025-12  8
    neighborhood/N2 2025-12  6
    city            2026-01  .
    district/1      2026-01  .
    district/2      2026-01  .
    neighborhood/N1 2026-01  .
    neighborhood/N2 2026-01  .
"""
"""A year and a month in which every total is the sum of its parts (zone1 a: 2 homes, hidden); January is open."""

YEARS = {"zones_by_year": [{"year": 2025}, {"year": 2026}]}
"""What a release says that has a partition for each year: that of 2025 lies in `zones-2025.parquet`."""

CLOSING = {"month": ("2025-12-01", "2026-01-01", "2026-03-02"), "year": ("2025-01-01", "2026-01-01", "2027-03-31")}
AS_OF = "2026-04-15"


def counts(drawn: str, *, measure: str = "homes_filed", topic: str = "evictions", floor: int = FLOOR) -> pl.DataFrame:
    """The long table that a drawing stands for."""
    rows = [_row(line.split(), floor) for line in drawn.strip().splitlines()]
    return conform(pl.DataFrame(rows).with_columns(topic=pl.lit(topic), measure=pl.lit(measure), kind=pl.lit("count")))


def release(
    store: Path,
    drawn: str | pl.DataFrame,
    *,
    id: str = "2026-04-15-000000000001",
    topic: str = "evictions",
    zones: str | None = ZONES,
    measures: Sequence[Mapping[str, Any]] = (),
    geo: Sequence[GeoFile] = (),
    protection: Mapping[str, Any] | None = None,
    **manifest: Any,
) -> Path:
    """Write a release as the publisher would, with what the attacks read of it; returns its folder.

    `measures` and keywords replace what the manifest says; `protection` adds to it.
    """
    table = counts(drawn, topic=topic) if isinstance(drawn, str) else drawn
    folder = store / "releases" / topic / id
    (folder / "downloads").mkdir(parents=True)
    table.write_parquet(folder / "counts.parquet")
    if zones:
        zones_frame(zones).write_parquet(folder / "zones.parquet")
    said = _manifest(topic, id, table, measures, {**_PROTECTION, **(protection or {})}) | manifest
    (folder / "manifest.json").write_text(json.dumps(said, default=str))
    (folder / "certificate.json").write_text("{}")
    for download in build_downloads(
        ReleaseDraft(topic, said, table, geo=tuple(geo)), table, table.write_csv().encode()
    ):
        (folder / "downloads" / download.name).write_bytes(download.content)
    return folder


def zones_frame(drawn: str) -> pl.DataFrame:
    """A partition from its drawing."""
    head, *lines = (line.split() for line in drawn.strip().splitlines())
    return pl.DataFrame(lines, schema=head, orient="row").with_columns(pl.col("^(homes|year)$").cast(pl.Int64))


def ladder(topic: str, measure: str) -> list[dict[str, Any]]:
    """The tables of the ladder behind a measure, as a manifest tells them; none where it has no ladder."""
    if topic not in PROTECTED_TOPICS:
        return []
    policy = policy_for(topic)
    return [
        {
            "family": table.family, "grain": table.grain.value, "geography": table.geography, "share": table.share,
            "sigma": round(table.sigma(policy.rho), 4), "rho": round(policy.rho * table.share, 4), "by": list(table.by),
        }
        for table in policy.ladder
        if policy.family(table.family).measure == measure
    ]  # fmt: skip


def public(store: Path) -> Published:
    """What an intruder collects of a public store."""
    return published({"public": [store]})


def told(findings: Sequence[Finding]) -> set[tuple[str, str]]:
    """Where and what, of all findings."""
    return {(finding.where, finding.learned) for finding in findings}


def places(findings: Sequence[Finding]) -> set[str]:
    """Where, of all findings."""
    return {finding.where for finding in findings}


_PROTECTION = {
    "tier": "public", "rho": 1.0, "floor": FLOOR, "zone1_homes": 100, "zone2_homes": 500, "zones_version": "v1",
    "mode": "measured", "zones_by_year": [], "editions": [], "deviations": [], "month_cap": 4,
}  # fmt: skip


def _manifest(
    topic: str, id_: str, table: pl.DataFrame, measures: Sequence[Mapping[str, Any]], protection: Mapping[str, Any]
) -> dict[str, Any]:
    closings = [
        {"grain": grain, "last_closed": last, "next_period": following, "next_on": day}
        for grain, (last, following, day) in CLOSING.items()
    ]
    named = {m["name"]: dict(m) for m in measures}
    for name in table["measure"].unique(maintain_order=True):
        default = {
            "name": name, "kind": "count", "regime": "measured", "floor": protection["floor"],
            "tables": ladder(topic, name),
        }  # fmt: skip
        categories = sorted(table.filter(measure=name)["category"].unique(), key=lambda c: (c != "all", c))
        named[name] = {**default, "categories": categories, **named.get(name, {})}
    return {
        "topic": topic, "release": id_, "protected": True, "tier": protection["tier"], "as_of": AS_OF,
        "measures": list(named.values()), "geographies": [], "closings": closings, "quality": [],
        "protection": dict(protection), "code_version": "1",
    }  # fmt: skip


def _row(words: list[str], floor: int) -> dict[str, Any]:
    place, when, figure, *category = words
    geography, _, unit = place.partition("/")
    grain, period = _period(when)
    return {
        "category": category[0] if category else "all", "geography": geography, "unit": unit or geography,
        "grain": grain, "period": period, **_said(figure, floor),
    }  # fmt: skip


def _period(when: str) -> tuple[str, date]:
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", when):
        return Grain.QUARTER.value, date(int(found[1]), 3 * int(found[2]) - 2, 1)
    if re.fullmatch(r"\d{4}", when):
        return Grain.YEAR.value, date(int(when), 1, 1)
    if re.fullmatch(r"\d{4}-\d{2}", when):
        return Grain.MONTH.value, date.fromisoformat(f"{when}-01")
    grain, day = when.split(":")
    return grain, date.fromisoformat(day)


def _said(figure: str, floor: int) -> dict[str, Any]:
    if figure == ".":
        return {"status": "not_reported", "value": None, "low": None, "high": None, "flag": None}
    if figure.startswith("<"):
        return {"status": "hidden", "value": None, "low": 0.0, "high": float(floor - 1 + MARGIN), "flag": None}
    value, _, margin = figure.partition("±")
    wide = int(margin) if margin else MARGIN
    low, high = max(0.0, float(value) - wide), float(value) + wide
    return {"status": "value" if int(value) else "zero", "value": float(value), "low": low, "high": high, "flag": None}
