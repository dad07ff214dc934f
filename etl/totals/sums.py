"""Measures that may be told as they are: sums, and sums divided by sums."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from etl.totals.asked import COLUMNS, DECIMALS, PARTIAL, WHOLE_GRAINS, Parts, Question, series_of_parts
from etl.totals.formulas import A_YEAR, Formula
from etl.totals.series import ALL, SUMS, Series, grains_of, pairs, summed
from layers.period import Grain

_Tables = Mapping[Grain, pl.DataFrame]
"""For each grain SUMS, and `figure`: null where a share or an average has nothing to be made of."""
NO_FIGURES = pl.DataFrame(schema={**SUMS, "figure": pl.Float64()})


def rows_of_formula(formula: Formula, parts: Parts, asked: Question) -> pl.DataFrame:
    """Contract rows of a measure, in all grains that its feeds can tell; `not_collected` where no feed tells it."""
    city = _figures(formula, parts, "")
    if city is None:
        return _block(formula, asked, WHOLE_GRAINS, None, (ALL,))
    grain, tables = city
    frames = [_block(formula, asked, grains_of(grain), tables, (ALL,))]
    each = _figures(formula, parts, formula.by) if formula.by else None
    if each is not None:
        categories = tuple(asked.categories.get(str(formula.by), ()))
        frames.append(_block(formula, asked, WHOLE_GRAINS, each[1], categories))
    return pl.concat(frames)


def _figures(formula: Formula, parts: Parts, by: str) -> tuple[Grain, _Tables] | None:
    """The grain of what is reported and what it comes to; None where a part is missing."""
    over = _above(formula, parts, by)
    if over is None:
        return None
    if not formula.under:
        return over.grain, {grain: _plain(summed(over, grain), formula) for grain in grains_of(over.grain)}
    under = series_of_parts(formula.under, parts, by)
    if under is None:
        return None
    grain, both = pairs(over, under)
    scale = formula.scale * (A_YEAR[grain] if formula.yearly else 1.0)
    tops, bottoms = (Series(grain, both.select("category", "start", value=name)) for name in ("over", "under"))
    return grain, {g: _divided(summed(tops, g), summed(bottoms, g), scale) for g in grains_of(grain)}


def _above(formula: Formula, parts: Parts, by: str) -> Series | None:
    """What stands above the line: of one category alone, where the formula names one."""
    if formula.category is None:
        return series_of_parts(formula.parts, parts, by)
    told = series_of_parts(formula.parts, parts, "channel")
    if told is None:
        return None
    chosen = told.rows.filter(pl.col("category") == formula.category).with_columns(category=pl.lit(ALL))
    return Series(told.grain, chosen) if chosen.height else None


def _plain(sums: pl.DataFrame, formula: Formula) -> pl.DataFrame:
    figure = pl.col("value") * formula.scale
    return sums.with_columns(figure=figure / pl.col("told") if formula.mean else figure)


def _divided(over: pl.DataFrame, under: pl.DataFrame, scale: float) -> pl.DataFrame:
    both = over.join(under.select("category", "period", under="value"), on=["category", "period"])
    return both.with_columns(figure=pl.when(pl.col("under") > 0).then(pl.col("value") / pl.col("under") * scale))


def _block(
    formula: Formula, asked: Question, grains: Iterable[Grain], tables: _Tables | None, categories: Sequence[str]
) -> pl.DataFrame:
    return pl.concat(
        with_status(asked.keys(formula, grain, categories), NO_FIGURES if tables is None else tables[grain])
        for grain in grains
    )


def with_status(keys: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """A period of which nothing was told is not reported; before anything ever was told, nobody collected it."""
    begins = table.filter(pl.col("told") > 0).group_by("category").agg(begins=pl.col("period").min())
    joined = keys.join(table, on=["category", "period"], how="left").join(begins, on="category", how="left")
    told = pl.col("told").fill_null(0) > 0
    figure = pl.col("figure").round(DECIMALS)
    status = (
        pl.when(~told & early_expr()).then(pl.lit("not_collected"))
        .when(~told).then(pl.lit("not_reported"))
        .when(figure.is_null()).then(pl.lit("not_collected"))
        .when(figure == 0).then(pl.lit("zero"))
        .otherwise(pl.lit("value"))
    )  # fmt: skip
    return joined.with_columns(status=status, low=pl.lit(None, pl.Float64)).pipe(finished, figure)


def early_expr() -> pl.Expr:
    """Whether a period lies before the first that was ever told (`begins`)."""
    return pl.col("begins").is_null() | (pl.col("period") < pl.col("begins"))


def finished(rows: pl.DataFrame, figure: pl.Expr) -> pl.DataFrame:
    """Contract columns: a value where the status says so, flagged where not all of what was `due` was `told`."""
    shown = pl.col("status").is_in(["value", "zero"])
    return rows.with_columns(
        value=pl.when(shown).then(figure),
        high=pl.lit(None, pl.Float64),
        flag=pl.when(shown & (pl.col("told") < pl.col("due"))).then(pl.lit(PARTIAL)),
    ).select(COLUMNS)
