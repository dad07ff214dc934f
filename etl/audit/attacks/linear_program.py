"""Linear programming: all that was ever published of exact counts, as one system of sums, solved for the hidden."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from etl.audit.finding import Attempt, Finding, where
from etl.audit.intervals import MANY, Contradiction, Narrowed, narrowed
from etl.audit.published import Published, PublishedRelease
from etl.audit.relations import ADDING, Figure, Web, adding_up, web_of

ATTACK, TITLE = "linear_program", "Linear programming on exact counts"
_KEY = ("grain", "period", "geography", "unit", "category")
_TOLD = ("value", "zero", "hidden")


def run(published: Published) -> Attempt:
    """The smallest and largest that every hidden exact count can be, from all releases of its topic together.

    Tried are the topics in exact mode, and counts that came already counted with a threshold. A finding is a hidden
    count of which a reader learns more than that it is below the threshold. A count printed in any release is known.
    """
    tables = list(_tables(published))
    solved = [_solved(table) for table in tables]
    findings = tuple(finding for _, found in solved for finding in found)
    tried = sum(number for number, _ in solved)
    return Attempt(ATTACK, TITLE, tried, findings, _best(tried, findings))


@dataclass(frozen=True, slots=True)
class _Table:
    """The exact counts of one measure and calendar year: all rows that were ever printed."""

    release: PublishedRelease
    measure: str
    year: int
    threshold: int
    received: bool
    """Whether an agency counted, in categories of which nobody promised that they add up."""
    rows: pl.DataFrame
    zones: pl.DataFrame | None


def _tables(published: Published) -> Iterator[_Table]:
    groups: dict[tuple[str, str], list[PublishedRelease]] = {}
    for release in published.releases:
        groups.setdefault((release.tier, release.topic), []).append(release)
    for releases in groups.values():
        last = releases[-1]
        for (measure, received), threshold in _thresholds(releases).items():
            rows = pl.concat([_printed(release, measure) for release in releases])
            for (year,), of_year in rows.group_by(pl.col("period").dt.year(), maintain_order=True):
                if isinstance(year, int) and (of_year["status"] == "hidden").any():
                    yield _Table(last, measure, year, threshold, received, of_year, _zones_of(releases, year))


def _thresholds(releases: Iterable[PublishedRelease]) -> dict[tuple[str, bool], int]:
    """Exact measures in which counts are hidden, and whether an agency counted them, with the lowest threshold that
    was in force."""
    found: dict[tuple[str, bool], int] = {}
    for release in releases:
        exact_mode = (release.protection or {}).get("mode") == "exact"
        for measure in release.manifest["measures"]:
            if measure["kind"] == "count" and measure.get("floor") and _is_exact(measure, exact_mode=exact_mode):
                key, floor = (measure["name"], measure["regime"] == "source"), int(measure["floor"])
                found[key] = min(found.get(key, floor), floor)
    return found


def _is_exact(measure: Mapping[str, Any], *, exact_mode: bool) -> bool:
    return measure["regime"] == "source" or (measure["regime"] == "exact" and exact_mode)


def _printed(release: PublishedRelease, measure: str) -> pl.DataFrame:
    rows = release.counts.filter((pl.col("measure") == measure) & pl.col("status").is_in(_TOLD))
    return rows.select(*_KEY, "status", "value", "high")


def _zones_of(releases: Iterable[PublishedRelease], year: int) -> pl.DataFrame | None:
    for release in reversed(list(releases)):
        if release.zones is not None:
            zones = release.zones
            return zones.filter(pl.col("year") == year) if "year" in zones.columns else zones
    return None


def _solved(table: _Table) -> tuple[int, list[Finding]]:
    """How many hidden counts were tried, and the findings."""
    figures = table.rows.group_by(_KEY).agg(
        # printed once is printed for ever; two printed figures that differ are another attack's matter
        value=pl.col("value").drop_nulls().last(),
        high=pl.col("high").filter(pl.col("status") == "hidden").min(),
    ).sort(_KEY)  # fmt: skip
    keys = [Figure(str(g), p, str(k), str(u), str(c)) for g, p, k, u, c in figures.select(_KEY).rows()]
    value = figures["value"]
    hidden = value.is_null().to_numpy()
    low = value.fill_null(0.0).to_numpy()
    high = np.where(hidden, figures["high"].fill_null(MANY).to_numpy(), low)
    asked = {int(place): table.threshold for place in np.flatnonzero(hidden)}
    most = adding_up(keys, value.to_list()) if table.received else "equal"
    for adding in ADDING[ADDING.index(most) :] if table.received else ADDING[:1]:
        web = web_of(keys, table.zones, adding=adding)
        try:
            found = narrowed(web.known(low, high), asked)
        except Contradiction:  # nothing can be concluded from figures that cannot be true together
            continue
        return len(asked), [_finding(table, web, each) for each in found]
    return len(asked), []


def _finding(table: _Table, web: Web, each: Narrowed) -> Finding:
    learned = f"is {each.low}" if each.low == each.high else f"is no less than {each.low} and no more than {each.high}"
    return Finding(
        attack=ATTACK,
        tier=table.release.tier,
        topic=table.release.topic,
        release=table.release.id,
        where=where({"measure": table.measure, **web.figures[each.figure]._asdict()}),
        learned=f"The hidden count {learned}; nothing may be known but that it is below {table.threshold}.",
    )


def _best(tried: int, findings: tuple[Finding, ...]) -> str:
    if not tried:
        return "No exact count about homes is hidden anywhere, so there was nothing to solve."
    if findings:
        exact = sum(finding.learned.startswith("The hidden count is") for finding in findings)
        return f"{len(findings)} of {tried} hidden counts were narrowed, {exact} of them to one number."
    return f"Of {tried} hidden counts none could be narrowed by solving all published sums together."
