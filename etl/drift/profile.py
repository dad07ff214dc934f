"""What a feed looked like in one run: columns, fields, codes, volume, lag, places. Counts and shares only; private."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

Series = Mapping[date, int]
"""Records per week (by its Monday) or per month (by its first day)."""

Scope = Literal["whole", "changes"]
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the feed, from a sample of its rows.

    `name` is kept of declared columns alone: where a header is missing, names are a record's values. `mark` is the
    keyed hash of the name. `blank` is a share of the rows, `numbers` and `dates` of the filled ones. `shapes` tells
    how values are written (`A-9`: letters, a dash, digits), with shares of the filled rows.
    """

    place: int
    mark: str
    name: str | None
    blank: float
    numbers: float
    dates: float
    shapes: Mapping[str, float]

    @property
    def kind(self) -> str:
        """`blank`, `number`, `date-like` or `text`."""
        if self.blank == 1:
            return "blank"
        return "number" if self.numbers >= 0.95 else "date-like" if self.dates >= 0.95 else "text"


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a declared field: rows in which it is blank, and rows in which its text could not be read."""

    blank: int
    unread: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One feed in one run. `day` is the last day it speaks for; weekly figures reach back about a year from `newest`.

    `codes`: field to code to records per week. Only codes of declared code lists that are short and occur often are
    told; all others together stand under an empty text. `empty`: field to records per week in which it has no value.
    `located`: way of placing to records per week; of a feed without event dates everything stands under `day`.
    """

    day: date
    scope: Scope
    rows: int
    records: int
    columns: tuple[Column, ...] = ()
    rejects: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, Tally] = field(default_factory=dict)
    unmapped: Mapping[str, int] = field(default_factory=dict)
    newest: date | None = None
    lag_median: float | None = None
    lag_p90: float | None = None
    months: Series = field(default_factory=dict)
    weeks: Series = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Series]] = field(default_factory=dict)
    empty: Mapping[str, Series] = field(default_factory=dict)
    located: Mapping[str, Series] = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        """Days from the newest record to the last day the feed speaks for."""
        return None if self.newest is None else (self.day - self.newest).days

    @property
    def duplicates(self) -> int:
        """Rows left out because another one has the same id."""
        return self.rejects.get("duplicate", 0)

    @property
    def ids(self) -> int:
        """Distinct ids among the records that were taken, and those of rows of sensitive types."""
        return self.records + self.rejects.get("sensitive_type", 0)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def to_text(profile: Profile) -> str:
    """The profile as JSON for the private database."""
    told = {**asdict(profile), "day": profile.day.isoformat()}
    told["newest"] = profile.newest.isoformat() if profile.newest else None
    for name in _SERIES:
        told[name] = _packed(told[name])
    for name in _BY_KEY:
        told[name] = {key: _packed(series) for key, series in told[name].items()}
    told["codes"] = {f: {code: _packed(s) for code, s in codes.items()} for f, codes in told["codes"].items()}
    return json.dumps(told, separators=(",", ":"))


def from_text(text: str) -> Profile:
    """The reverse of `to_text`."""
    told: dict[str, Any] = json.loads(text)
    told["day"] = date.fromisoformat(told["day"])
    told["newest"] = date.fromisoformat(told["newest"]) if told["newest"] else None
    told["columns"] = tuple(Column(**column) for column in told["columns"])
    told["fields"] = {name: Tally(**tally) for name, tally in told["fields"].items()}
    for name in _SERIES:
        told[name] = _unpacked(told[name])
    for name in _BY_KEY:
        told[name] = {key: _unpacked(series) for key, series in told[name].items()}
    told["codes"] = {f: {code: _unpacked(s) for code, s in codes.items()} for f, codes in told["codes"].items()}
    return Profile(**told)


_SERIES = ("months", "weeks")
_BY_KEY = ("empty", "located")


def _packed(series: Series) -> dict[str, int]:
    return {day.isoformat(): number for day, number in sorted(series.items())}


def _unpacked(packed: Mapping[str, int]) -> dict[date, int]:
    return {date.fromisoformat(day): number for day, number in packed.items()}


def summed(series: Iterable[Series]) -> dict[date, int]:
    """Several series added up."""
    total: dict[date, int] = {}
    for each in series:
        for day, number in each.items():
            total[day] = total.get(day, 0) + number
    return total
