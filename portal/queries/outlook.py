"""A series with what stands beside its figures: baseline, expected range, marks, where young figures will end up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from layers.measures import Kind, Regime
from layers.period import Grain
from layers.release import MeasureInfo
from portal.queries.basis import BASIS_COLUMNS
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.statistics.anomalies import fired
from portal.statistics.baseline import Baseline, baseline_figure, compared_periods, may_be_averaged
from portal.statistics.expectation import CYCLE, Expected, expected_range, whole_run
from portal.statistics.revision import Growth, age_of, may_become

_MORE = (*FIGURE_COLUMNS[1:], *BASIS_COLUMNS)
EXPECTED_COLUMNS = ("expected", "expected_low", "expected_high")


@dataclass(frozen=True, slots=True)
class Outlook:
    """`rows` with the new columns; `why_not` says why there is no expected range (empty where there is one)."""

    rows: pl.DataFrame
    why_not: str = ""


def with_baseline(rows: pl.DataFrame, grain: Grain, baseline: Baseline, measure: MeasureInfo) -> pl.DataFrame:
    """Adds the columns of a figure, as `before_…`: the baseline of each period.

    Null where the series has none of the periods compared with, or only part of one.
    """
    whole = rows.filter(~pl.col("unfinished"))
    figures = {row["period"]: Figure.of_row(row) for row in whole.iter_rows(named=True)}
    found = []
    for start in rows["period"]:
        periods = compared_periods(start, grain, baseline)
        if len(periods) > 1 and not may_be_averaged(measure):
            periods = ()
        there = any(each in figures for each in periods)
        figure = baseline_figure(figures, periods, kind=Kind(measure.kind), regime=Regime(measure.regime))
        found.append(
            (figure.status.value, *(getattr(figure, name) for name in _MORE)) if there else (None,) * (1 + len(_MORE))
        )
    schema = {f"before_{name}": rows.schema.get(name, pl.Float64()) for name in ("status", *_MORE)}
    return rows.hstack(pl.DataFrame(found, schema=schema, orient="row"))


def with_outlook(
    rows: pl.DataFrame, grain: Grain, measure: MeasureInfo, growth: Mapping[int, Growth], until: date
) -> Outlook:
    """Adds `later_low, later_high` (where a young count will end up), `expected, expected_low, expected_high`, `rule`.

    growth: of exact counts, learned from earlier releases that spoke up to other days than `until`.
    """
    young = _with_later(rows, grain, growth, until)
    judged = young.filter(~pl.col("unfinished") & (pl.col("status") != "not_reported"))
    run = whole_run(judged["value"].is_not_null().to_list(), grain)
    last = judged.tail(run)
    expected = _expected(last, grain, measure) if run else None
    if expected is None:
        empty = [pl.lit(None, pl.Float64).alias(name) for name in EXPECTED_COLUMNS]
        return Outlook(young.with_columns(*empty, rule=pl.lit(None, pl.String)), _why_not(grain, run))
    return Outlook(
        young.join(_judged(last, expected, Kind(measure.kind)), on="period", how="left", maintain_order="left")
    )


def _with_later(rows: pl.DataFrame, grain: Grain, growth: Mapping[int, Growth], until: date) -> pl.DataFrame:
    later: list[tuple[float, float] | None] = []
    for start, value in rows.select("period", "value").iter_rows():
        age = age_of(start, grain, until)
        known = growth.get(age) if age is not None else None
        later.append(may_become(value, known) if known and value is not None else None)
    low, high = ([each[end] if each else None for each in later] for end in (0, 1))
    return rows.with_columns(pl.Series("later_low", low, pl.Float64), pl.Series("later_high", high, pl.Float64))


def _expected(rows: pl.DataFrame, grain: Grain, measure: MeasureInfo) -> Expected | None:
    margins = None
    if measure.regime is Regime.MEASURED:
        if rows["low"].null_count() or rows["high"].null_count():
            return None
        margins = ((rows["high"] - rows["low"]) / 2).to_numpy()
    starts, values = rows["period"].to_list(), rows["value"].to_numpy().astype(np.float64)
    return expected_range(values, starts, grain, kind=Kind(measure.kind), margins=margins)


def _judged(rows: pl.DataFrame, expected: Expected, kind: Kind) -> pl.DataFrame:
    """What is expected of each period, and the rule that marks it. A figure that may still grow is not marked."""
    most = 1.0 if kind is Kind.SHARE else None
    rules = [rule.key if rule else None for rule in fired(rows["value"].to_numpy(), expected)]
    return rows.select(
        "period",
        pl.Series("expected", expected.middle, pl.Float64),
        pl.Series("expected_low", expected.low, pl.Float64).clip(0.0),
        pl.Series("expected_high", expected.high, pl.Float64).clip(0.0, most),
        rule=pl.when(pl.col("later_low").is_null()).then(pl.Series(rules, dtype=pl.String)),
    )


def _why_not(grain: Grain, run: int) -> str:
    """`no_season`, `gaps` (fewer than three full years without a gap) or `small`."""
    if grain not in CYCLE:
        return "no_season"
    return "small" if run else "gaps"
