"""Profiles drawn in a test: weeks of records, one line each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from etl.city import Source
from etl.drift.compare import Reference, drift
from etl.drift.finding import Finding
from etl.drift.profile import WEEK, Profile, monday
from tests.etl.declared import source

MONDAY = date(2026, 11, 2)
SUNDAY = MONDAY + timedelta(days=6)
FIELDS = {"id": "Number", "created": "Opened", "closed": "Closed", "category": "Type", "status": "Status"}
CATEGORIES = {"potholes": ["Pothole", "Road"], "trees": ["Tree"], "graffiti": ["Graffiti"]}
USUAL = {"Pothole": 60, "Tree": 30, "Graffiti": 10}
"""Records a week, by code."""


def declared(**said: Any) -> Source:
    """A feed of requests with three groups."""
    return source(FIELDS, categories=CATEGORIES, values={"status": {"open": ["Open"], "closed": ["Closed"]}}, **said)


def feed(
    weeks: int = 52,
    by_code: Mapping[str, int] = USUAL,
    *,
    newest: Sequence[Mapping[str, int]] = (),
    until: date = SUNDAY,
    **said: Any,
) -> Profile:
    """A whole feed of so many like weeks up to `until`; `newest` draws the last weeks, the very last one first."""
    last = monday(until)
    drawn = {last - n * WEEK: (newest[n] if n < len(newest) else by_code) for n in range(weeks)}
    codes: dict[str, dict[date, int]] = {}
    for week, numbers in drawn.items():
        for code, number in numbers.items():
            codes.setdefault(code, {})[week] = number
    totals = {week: sum(numbers.values()) for week, numbers in drawn.items()}
    months: dict[date, int] = {}
    for week, number in totals.items():
        months[week.replace(day=1)] = months.get(week.replace(day=1), 0) + number
    rows = sum(totals.values())
    profile = Profile(
        day=until,
        scope="whole",
        rows=rows,
        records=rows,
        newest=until,
        months=months,
        weeks=totals,
        codes={"category": codes},
        located={"coordinates": dict(totals)},
    )
    return replace(profile, **said)


def found(now: Profile, before: Profile, **limits: Any) -> tuple[Finding, ...]:
    """What changed between two feeds."""
    return drift(now, Reference(before, before), declared(limits=limits))


def held(now: Profile, before: Profile, **limits: Any) -> dict[str, int]:
    """Kind to exit code of what holds the run."""
    return {finding.kind: finding.exit_code for finding in found(now, before, **limits) if finding.holds}
