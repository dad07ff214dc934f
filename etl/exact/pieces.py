"""Counting period by period: what is counted from the events of one period alone, whatever happened in all others.

A piece is a month, or a quarter or year where a figure of it (a median) does not follow from those of its months. What
a piece gives are group sums and never records, so it can be kept and used again until an event of its period changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import polars as pl

from etl.exact.plan import CELL_GEOGRAPHIES, CITY, Plan
from layers.grid import text_expr
from layers.period import Grain, period_end, period_expr, period_range

KEY = ("category", "unit", "period")
ALL = "all"


class Figure(NamedTuple):
    """One column of a piece: how it comes from events, and how from those of shorter periods (None: it does not)."""

    of_events: pl.Expr
    of_parts: pl.Expr | None


def figures() -> Mapping[str, Figure]:
    """Every column that a piece may hold."""
    return {
        "requests": Figure(pl.len(), pl.col("requests").sum()),
        "open": Figure(pl.col("_open").sum(), pl.col("open").sum()),
        "due": Figure(pl.col("_on_time").count(), pl.col("due").sum()),
        "on_time": Figure(pl.col("_on_time").sum(), pl.col("on_time").sum()),
        "oldest": Figure(pl.col("_moment").filter(pl.col("_open")).min(), pl.col("oldest").min()),
        "median": Figure(pl.col("_days").median(), None),
        "p90": Figure(pl.col("_days").quantile(0.9, interpolation="linear"), None),
    }


MADE_OF: Mapping[str, tuple[str, ...]] = {
    "requests": ("requests",),
    "open": ("open",),
    "due": ("due",),
    "closed_on_time_share": ("on_time", "due"),
    "days_to_close_median": ("median",),
    "days_to_close_p90": ("p90",),
    "oldest_open_days": ("oldest",),
}
"""The columns that a measure is made of."""
WHOLE = ("median", "p90")
"""Columns that only the events of the whole period give."""
WITHIN_MONTHS = (Grain.WEEK, Grain.DAY)
_OF_MONTHS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.ROLLING_12M)
_SUMS = pl.Int64()
DTYPES: Mapping[str, pl.DataType] = {
    "requests": _SUMS,
    "open": _SUMS,
    "due": _SUMS,
    "on_time": _SUMS,
    "oldest": pl.Datetime("us"),
    "median": pl.Float64(),
    "p90": pl.Float64(),
}
PIECE_SCHEMA: Mapping[str, pl.DataType] = {
    "grain": pl.String(),
    "geography": pl.String(),
    "category": pl.String(),
    "unit": pl.String(),
    "period": pl.Date(),
    **DTYPES,
}


class Grouping(NamedTuple):
    """One question to a piece: these columns, of every unit of a geography, for periods of `grain` inside the piece."""

    grain: Grain
    geography: str
    by_category: bool
    by_agency: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A period (`grain` month, quarter or year), the days of it that count, and what is asked of its events."""

    grain: Grain
    period: date
    first: date
    last: date
    groupings: tuple[Grouping, ...]
    agencies: tuple[tuple[str, str], ...] = ()
    """Pairs of a category and that of its agency, where some grouping asks for agencies."""

    @property
    def months(self) -> list[date]:
        """The first days of its months."""
        return period_range(self.period, period_end(self.period, self.grain), Grain.MONTH)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a piece gave, in the columns of PIECE_SCHEMA; true for every end of the last day with `after` < end ≤
    `until` (None: whatever it is), because a promise is due when its day has come."""

    rows: pl.DataFrame
    after: datetime | None
    until: datetime | None

    def holds(self, end: datetime) -> bool:
        """Whether it is still true on a run whose last day ends then."""
        return (self.after is None or self.after < end) and (self.until is None or end <= self.until)


def pieces_of(plan: Plan) -> list[Piece]:
    """Everything that the plan's rows are made of, month by month first."""
    found = []
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        groupings = _groupings(plan, grain)
        agencies = tuple(plan.agency_of().items()) if any(each.by_agency for each in groupings) else ()
        found += [
            Piece(
                grain,
                period,
                max(period, plan.covers_from),
                min(period_end(period, grain), plan.covers_to),
                groupings,
                agencies,
            )
            for period in (plan.periods(grain) if groupings else ())
        ]
    return found


def end_of(plan: Plan) -> datetime:
    """The moment at which the last day of the plan is over."""
    return datetime.combine(plan.as_of + timedelta(days=1), time.min)


def _groupings(plan: Plan, piece: Grain) -> tuple[Grouping, ...]:
    """Every geography once: by category, by agency, where any of its tables asks for that."""
    asked: dict[tuple[Grain, str], tuple[bool, bool, dict[str, None]]] = {}
    categories, agencies = set(plan.categories), set(plan.agencies)
    for measure in plan.measure_names():
        for block in plan.blocks(measure) if measure in MADE_OF else ():
            for grain, columns in _asked(block.grain, MADE_OF[measure], piece):
                by, each, known = asked.get((grain, block.geography), (False, False, {}))
                asked[grain, block.geography] = (
                    by or not categories.isdisjoint(block.categories),
                    each or not agencies.isdisjoint(block.categories),
                    known | dict.fromkeys(columns),
                )
    return tuple(
        Grouping(grain, place, by, each, tuple(columns)) for (grain, place), (by, each, columns) in asked.items()
    )


def _asked(grain: Grain, columns: Sequence[str], piece: Grain) -> list[tuple[Grain, list[str]]]:
    """What a table of `grain` asks of pieces of another: sums of its months or days, a median of itself alone."""
    whole = [name for name in columns if name in WHOLE]
    sums = [name for name in columns if name not in WHOLE]
    if whole and grain not in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        raise ValueError(f"{', '.join(whole)} by {grain} is not counted")
    found = [(grain, whole)] if whole and grain is piece else []
    if sums and piece is Grain.MONTH:
        found.append((grain if grain in WITHIN_MONTHS else Grain.MONTH, sums))
    return found


def read_by(piece: Piece, date_column: str) -> list[str]:
    """The columns of events that are read for a piece; `_unit` of the city needs none."""
    wanted = {name for grouping in piece.groupings for name in grouping.columns}
    columns = [date_column, "category", *(_column(g.geography) for g in piece.groupings if g.geography != CITY)]
    columns += ["closed"] if wanted - {"requests"} else []
    columns += ["status"] if wanted & {"open", "oldest"} else []
    columns += ["promised"] if wanted & {"due", "on_time"} else []
    return list(dict.fromkeys(columns))


def count_piece(
    events: pl.LazyFrame, piece: Piece, *, date_column: str, categories: Sequence[str] | None, end: datetime
) -> Counted:
    """The figures of one piece; `events` may hold more days than its own. Only the columns it needs are read.

    `categories` limits what is counted, `end` is when the last day that the sources speak for is over.
    """
    names = events.collect_schema().names()
    day = pl.col(date_column).dt.date()
    chosen = events.select(name for name in read_by(piece, date_column) if name in names).filter(
        day.is_between(piece.first, piece.last)
    )
    if categories is not None:
        chosen = chosen.filter(pl.col("category").is_in(list(categories)))
    words = [n for n in ("category", *(_column(g.geography) for g in piece.groupings)) if _is_word(n) and n in names]
    ready = chosen.with_columns(pl.col(words).cast(pl.Categorical), **_told(piece, date_column, end)).collect(
        engine="streaming"
    )
    agency = pl.col("category").cast(pl.String).replace_strict(dict(piece.agencies), default=None)
    ready = ready.with_columns(_agency=agency) if piece.agencies else ready
    parts = [_grouped(ready, grouping) for grouping in piece.groupings]
    rows = pl.concat([pl.DataFrame(schema=PIECE_SCHEMA), *parts], how="diagonal")
    rows = rows.sort("grain", "geography", "category", "unit", "period")  # the same events, the same bytes
    return Counted(rows, *_until(ready, end))


def _told(piece: Piece, date_column: str, end: datetime) -> dict[str, pl.Expr]:
    """The columns that figures are made of, as far as they are asked for."""
    wanted = {name for grouping in piece.groupings for name in grouping.columns}
    moment = pl.col(date_column)
    told = {"_day": moment.dt.date()}
    if wanted & {"open", "oldest"}:
        told |= {"_open": is_open(), "_moment": moment.cast(pl.Datetime("us"))}
    if wanted & {"due", "on_time"}:
        told |= {"_on_time": on_time(end)}
    if wanted & set(WHOLE):
        told |= {"_days": days_to_close(date_column)}
    return told


def is_open() -> pl.Expr:
    """Whether nobody says that the record is closed."""
    return pl.col("closed").is_null() & (pl.col("status").fill_null("open") != "closed")


def on_time(end: datetime) -> pl.Expr:
    """Whether the record was closed by the promised moment; null where none was promised, or not yet."""
    due = pl.col("promised").is_not_null() & (pl.col("promised") < end)
    return pl.when(due).then((pl.col("closed") <= pl.col("promised")).fill_null(False))


def days_to_close(date_column: str) -> pl.Expr:
    """Days from the record's moment to its end, to the minute."""
    return (pl.col("closed") - pl.col(date_column)).dt.total_minutes() / (24 * 60)


def _grouped(ready: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    known = figures()
    columns = [known[name].of_events.cast(DTYPES[name]).alias(name) for name in grouping.columns]
    unit = pl.lit(CITY) if grouping.geography == CITY else pl.col(_column(grouping.geography))
    dated = ready.lazy().with_columns(_unit=unit, _period=period_expr("_day", grouping.grain))
    placed = dated.filter(pl.col("_unit").is_not_null())
    each = placed.group_by("_unit", "_period", "category").agg(columns) if grouping.by_category else None
    total = placed.group_by("_unit", "_period").agg(columns).with_columns(category=pl.lit(ALL))
    answered = placed.filter(pl.col("_agency").is_not_null()) if grouping.by_agency else None
    agency = (
        answered.group_by("_unit", "_period", "_agency").agg(columns).rename({"_agency": "category"})
        if answered is not None
        else None
    )
    text = text_expr("_unit") if grouping.geography in CELL_GEOGRAPHIES else pl.col("_unit").cast(pl.String)
    return pl.concat(
        part.select(
            pl.lit(grouping.grain.value).alias("grain"),
            pl.lit(grouping.geography).alias("geography"),
            pl.col("category").cast(pl.String),
            text.alias("unit"),
            pl.col("_period").alias("period"),
            *grouping.columns,
        ).collect()
        for part in (total, each, agency)
        if part is not None
    )


def _until(ready: pl.DataFrame, end: datetime) -> tuple[datetime | None, datetime | None]:
    """The ends between which the same promises are due."""
    if "_on_time" not in ready.columns:
        return None, None
    promised = pl.col("promised")
    after, until = ready.select(
        promised.filter(promised < end).max().alias("after"), promised.filter(promised >= end).min().alias("until")
    ).row(0)
    return after, until


def _column(geography: str) -> str:
    return geography if geography in CELL_GEOGRAPHIES else f"area_{geography}"


def _is_word(column: str) -> bool:
    return column == "category" or column.startswith("area_")
