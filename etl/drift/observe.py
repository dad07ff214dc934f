"""Counting a feed's typed rows for its profile. Everything is a count by week, so that parts of a feed add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from etl.drift.profile import Series, Tally, summed
from etl.values.text import BLANKS

WEEKS = 56
"""How many weeks are told apart: a year and the four weeks before it."""

TOLD_FROM, TOLD_LENGTH, TOLD_MOST = 10, 60, 300
"""A code is told if it occurs so often, is no longer than that, and its column has no more different ones: free text
in a column of codes stays untold."""

_EMPTY = "\x00empty."

REST = ""
"""All codes that are not told."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What validate counts on its way: see `Profile` for the words."""

    fields: Mapping[str, Tally] = field(default_factory=dict)
    newest: date | None = None
    months: Series = field(default_factory=dict)
    weeks: Series = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Series]] = field(default_factory=dict)
    empty: Mapping[str, Series] = field(default_factory=dict)


def observe(
    rows: pl.DataFrame,
    *,
    sound: pl.Expr,
    fields: Sequence[str],
    coded: Sequence[str],
    unread: Mapping[str, int],
    event: str | None,
) -> Observed:
    """Counts of typed rows. `sound` says which are records; `coded` are the fields of codes, as they were sent;
    `unread` how many rows have a text in a field that could not be read; `event` the field that dates a record."""
    fields_told = {name: Tally(rows[name].null_count() - unread.get(name, 0), unread.get(name, 0)) for name in fields}
    if event is None or event not in rows.columns:
        return Observed(fields_told)
    taken = rows.lazy().filter(sound & pl.col(event).is_not_null())
    dated = taken.group_by(pl.col(event).dt.month_start().dt.date().alias("month")).agg(
        pl.len(), pl.col(event).max().alias("newest")
    )
    months = dated.collect()
    if months.is_empty():
        return Observed(fields_told)
    newest = months["newest"].max()
    assert isinstance(newest, datetime)
    first = newest.date() - timedelta(days=newest.weekday(), weeks=WEEKS - 1)
    recent = taken.filter(pl.col(event) >= pl.lit(datetime(first.year, first.month, first.day)))  # noqa: DTZ001 - the city's own clock
    empty = [(_EMPTY + name, pl.col(name).is_null()) for name in fields]  # flags are small, texts are not
    year = recent.select(week_expr(event), *coded, *(flag.alias(name) for name, flag in empty)).collect()
    weekly = year.group_by("week").agg(pl.len(), *(pl.col(name).sum() for name, _ in empty))
    return Observed(
        fields_told,
        newest.date(),
        dict(months.select("month", "len").rows()),
        dict(weekly.select("week", "len").rows()),
        {name: told_codes(year, name) for name in coded},
        {name: _series(weekly, _EMPTY + name) for name in fields if name != event},
    )


def added_up(parts: Sequence[Observed]) -> Observed:
    """What the parts of one feed add up to. Whether a code occurs often enough to be told is asked of each part."""
    newest = max((part.newest for part in parts if part.newest), default=None)
    first = newest - timedelta(days=newest.weekday(), weeks=WEEKS - 1) if newest else date.min
    return Observed(
        {name: _tallied([part.fields[name] for part in parts]) for name in parts[0].fields},
        newest,
        summed(part.months for part in parts),
        _since(first, summed(part.weeks for part in parts)),
        {
            name: _without_nothing(
                {c: _since(first, summed(p.codes.get(name, {}).get(c, {}) for p in parts)) for c in _codes(parts, name)}
            )
            for name in dict.fromkeys(name for part in parts for name in part.codes)
        },
        {
            name: _since(first, summed(part.empty.get(name, {}) for part in parts))
            for name in dict.fromkeys(name for part in parts for name in part.empty)
        },
    )


def _tallied(tallies: Sequence[Tally]) -> Tally:
    return Tally(sum(each.blank for each in tallies), sum(each.unread for each in tallies))


def _since(first: date, series: Series) -> Series:
    return {day: number for day, number in series.items() if day >= first}


def _codes(parts: Sequence[Observed], name: str) -> list[str]:
    """Codes in their order, and REST at the end."""
    found = {code for part in parts for code in part.codes.get(name, {})}
    return [*sorted(found - {REST}), *({REST} & found)]


def _without_nothing(codes: Mapping[str, Series]) -> Mapping[str, Series]:
    return {code: series for code, series in codes.items() if series}


def week_expr(event: str) -> pl.Expr:
    """The Monday of the week of a moment or day, as `week`."""
    return pl.col(event).dt.truncate("1w").cast(pl.Date).alias("week")


def told_codes(year: pl.DataFrame, name: str) -> Mapping[str, Series]:
    """Code to records per week; what must not be told is together under REST."""
    counted = year.group_by("week", pl.col(name).alias("code")).len().drop_nulls("code")
    counted = counted.with_columns(pl.col("code").cast(pl.String))
    by_code = {str(code[0]): dict(part.select("week", "len").rows()) for code, part in counted.group_by("code")}
    told = {
        c: s for c, s in by_code.items() if c not in BLANKS and len(c) <= TOLD_LENGTH and sum(s.values()) >= TOLD_FROM
    }
    told = told if len(told) <= TOLD_MOST else {}
    by_code = {code: series for code, series in by_code.items() if code not in BLANKS}
    rest = summed(series for code, series in by_code.items() if code not in told)
    return dict(sorted(told.items())) | ({REST: rest} if rest else {})


def located_by_week(events: pl.DataFrame, event: str | None, day: date) -> dict[str, Series]:
    """Way of placing to records per week; without an event date all under `day`."""
    if event is None or event not in events.columns:
        return {str(way): {day: n} for way, n in events.group_by("located").len().rows()}
    counted = events.select(week_expr(event), "located").drop_nulls("week").group_by("located", "week").len()
    newest = counted["week"].max()
    if newest is None:
        return {}
    recent = counted.filter(pl.col("week") > pl.lit(newest) - pl.duration(weeks=WEEKS))
    return {str(way[0]): dict(part.select("week", "len").rows()) for way, part in recent.group_by("located")}


def _series(weekly: pl.DataFrame, name: str) -> dict[date, int]:
    return {week: number for week, number in weekly.select("week", name).rows() if number}
