"""Counting a feed's typed rows for its profile. Everything is a sum by week, so that parts of a feed add up exactly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from etl.drift.profile import Series, Tally
from etl.values.text import BLANKS

WEEKS = 56
"""How many weeks are told apart: a year and the four weeks before it."""

TOLD_FROM, TOLD_LENGTH, TOLD_MOST = 10, 60, 300
"""A code is told if it occurs so often in the whole feed, is no longer than that, and its column has no more different
ones: free text in a column of codes stays untold."""
KEPT_MOST = 5_000
"""A column with more different codes than that in the whole feed holds free text, and none of them is told."""

REST = ""
"""All codes that are not told."""

COUNTED: Mapping[str, pl.DataType] = {
    "what": pl.String(),
    "field": pl.String(),
    "code": pl.String(),
    "day": pl.Date(),
    "n": pl.Int64(),
}
"""The columns of what is counted. `what` is `blank` or `unread` (of a field), `month` or `week` (`day` is its first),
`day` (the newest), `empty` (of a field, by week), `code` (of a field, by week), `field` (is one of codes) or `many`
(has too many of them)."""

_EMPTY = "\x00empty."
_DAY = 24 * 3600 * 1_000_000
_MONDAY = 3  # 1 January 1970 was a Thursday


@dataclass(frozen=True, eq=False)
class Observed:
    """What validate counts on its way, in the columns COUNTED: see `Profile` for the words."""

    counts: pl.DataFrame

    @cached_property
    def fields(self) -> Mapping[str, Tally]:
        """Field to its blank and unread rows."""
        unread = dict(self._of("unread").select("field", "n").rows())
        return {name: Tally(number, unread[name]) for name, number in self._of("blank").select("field", "n").rows()}

    @cached_property
    def newest(self) -> date | None:
        """The newest day of a record."""
        day = self._of("day")["day"].first()
        return day if isinstance(day, date) else None

    @cached_property
    def months(self) -> Series:
        """Records by month."""
        return _series(self._of("month"))

    @cached_property
    def weeks(self) -> Series:
        """Records by week, of the last WEEKS."""
        return _series(self._recent("week"))

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, Series]]:
        """Field to code to records by week; what must not be told is together under REST."""
        recent = dict(_by("field", self._recent("code")))
        names = self._of("field")["field"].to_list()
        return {name: _told(recent[name]) if name in recent else {} for name in names}

    @cached_property
    def empty(self) -> Mapping[str, Series]:
        """Field to the records by week in which it has no value."""
        recent = {name: _series(part) for name, part in _by("field", self._recent("empty"))}
        return {name: recent.get(name, {}) for name in self.fields if self.months and name != self._dated}

    @property
    def _dated(self) -> str | None:
        name = self._of("day")["field"].first()
        return None if name is None else str(name)

    def _of(self, what: str) -> pl.DataFrame:
        return self.counts.filter(pl.col("what") == what)

    def _recent(self, what: str) -> pl.DataFrame:
        newest = self.newest
        if newest is None:
            return self.counts.clear()
        first = newest - timedelta(days=newest.weekday(), weeks=WEEKS - 1)
        return self._of(what).filter(pl.col("day") >= first)


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
    told = [("unread", name, unread.get(name, 0)) for name in fields]
    told += [("blank", name, rows[name].null_count() - unread.get(name, 0)) for name in fields]
    parts = [_counts(pl.DataFrame(told, schema=["what", "field", "n"], orient="row"))]
    if event is not None and event in rows.columns:
        counted = rows.select(sound & pl.col(event).is_not_null()).to_series()
        taken = rows if counted.all(ignore_nulls=False) else rows.filter(counted)
        if taken.height:
            parts += _dated(taken, fields, coded, event)
    return Observed(_kept(pl.concat(parts)))


def added_up(parts: Sequence[Observed]) -> Observed:
    """What the parts of one feed add up to: the same as if they had been counted together."""
    every = pl.concat(part.counts for part in parts)
    newest = every.filter(pl.col("what") == "day").sort("day").tail(1)
    return Observed(_kept(pl.concat([_together(every.filter(pl.col("what") != "day")), newest])))


def _dated(taken: pl.DataFrame, fields: Sequence[str], coded: Sequence[str], event: str) -> Iterator[pl.DataFrame]:
    """By week and month; weeks as numbers first, which is several times faster than as dates."""
    moment = pl.col(event).to_physical()
    week = ((moment // _DAY + _MONDAY) // 7).cast(pl.Int32).alias("week")
    others = [name for name in fields if name != event and taken[name].null_count()]
    asked = taken.lazy()
    by_day = asked.group_by((moment // _DAY).cast(pl.Int32).alias("day")).agg(
        pl.len(), *(pl.col(name).null_count().alias(_EMPTY + name) for name in others)
    )
    days, *codes = pl.collect_all([by_day, *(asked.group_by(week, name).len() for name in coded)])
    days = days.with_columns(pl.col("day").cast(pl.Date)).sort("day")
    yield _counts(days.tail(1).select("day", what=pl.lit("day"), field=pl.lit(event), n=pl.lit(0)))
    yield _counts(_summed(days, pl.col("day").dt.month_start(), "len").with_columns(what=pl.lit("month")))
    weekly = pl.col("day").dt.truncate("1w")
    yield _counts(_summed(days, weekly, "len").with_columns(what=pl.lit("week")))
    for name in others:
        by_week = _summed(days, weekly, _EMPTY + name).filter(pl.col("n") > 0)
        yield _counts(by_week.with_columns(what=pl.lit("empty"), field=pl.lit(name)))
    for name, counted in zip(coded, codes, strict=True):
        monday = (pl.col("week") * 7 - _MONDAY).cast(pl.Date)
        code = pl.col("code").cast(pl.String)
        known = counted.select(day=monday, code=name, n="len").drop_nulls("code").with_columns(code)
        known = known.filter(~pl.col("code").is_in(BLANKS))
        long = pl.col("code").str.len_chars() > TOLD_LENGTH
        known = known.with_columns(code=pl.when(long).then(pl.lit(REST)).otherwise("code")).sort("code", "day")
        yield _counts(known.with_columns(what=pl.lit("code"), field=pl.lit(name)))
        yield _counts(pl.DataFrame({"what": ["field"], "field": [name], "n": [0]}))


def _summed(days: pl.DataFrame, period: pl.Expr, column: str) -> pl.DataFrame:
    return days.group_by(day=period, maintain_order=True).agg(n=pl.col(column).cast(pl.Int64).sum())


def _counts(part: pl.DataFrame) -> pl.DataFrame:
    return part.select(
        (pl.col(name) if name in part.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in COUNTED.items()
    )


def _kept(counts: pl.DataFrame) -> pl.DataFrame:
    """Without the codes of columns that have too many, for good: what is then counted of them is the rest."""
    different = counts.filter(pl.col("what") == "code").group_by("field").agg(pl.col("code").n_unique())
    found = different.filter(pl.col("code") > KEPT_MOST)["field"].to_list()
    many = {*counts.filter(pl.col("what") == "many")["field"], *found}
    if not many:
        return counts
    untold = (pl.col("what") == "code") & pl.col("field").is_in(many)
    rest = counts.with_columns(code=pl.when(untold).then(pl.lit(REST)).otherwise("code"))
    marks = [_counts(pl.DataFrame({"what": ["many"], "field": [name], "n": [0]})) for name in found]
    return pl.concat([_together(rest), *marks])


def _together(counts: pl.DataFrame) -> pl.DataFrame:
    summed_up = counts.group_by("what", "field", "code", "day", maintain_order=True).agg(pl.col("n").sum())
    return summed_up.select(list(COUNTED))


def _told(codes: pl.DataFrame) -> dict[str, Series]:
    """Code to records by week, in the order of codes, and REST at the end."""
    usual = codes.filter(pl.col("code") != REST).group_by("code").agg(pl.col("n").sum())
    often = usual.filter(pl.col("n") >= TOLD_FROM)["code"].sort()
    if often.len() > TOLD_MOST:
        often = often.clear()
    known = codes.with_columns(code=pl.when(pl.col("code").is_in(often.implode())).then("code").otherwise(pl.lit(REST)))
    by_code = {code: _series(part) for code, part in _by("code", known)}
    return {code: by_code[code] for code in (*often, *({REST} & by_code.keys()))}


def _by(column: str, counts: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    return ((str(name), part) for (name,), part in counts.group_by(column, maintain_order=True))


def _series(counts: pl.DataFrame) -> dict[date, int]:
    return dict(counts.group_by("day").agg(pl.col("n").sum()).sort("day").rows())


def week_expr(event: str) -> pl.Expr:
    """The Monday of the week of a moment or day, as `week`."""
    return pl.col(event).dt.truncate("1w").cast(pl.Date).alias("week")


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
