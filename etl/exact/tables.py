"""From figures to rows: every row of the key set with its status, whether anything happened there or not."""

from collections.abc import Iterable, Mapping

import polars as pl

from etl.exact.pieces import KEY, MADE_OF, PIECE_SCHEMA, WHOLE, WITHIN_MONTHS, end_of, figures
from etl.exact.plan import Plan
from layers.keyset import KeyBlock, key_rows
from layers.period import Grain, add_months, period_expr

SUMMED = ("requests", "open", "due")
"""Measures of which there are none where nothing happened; a share or a median of nothing does not exist."""
_DECIMALS = 4
"""Of days and shares; more would be noise of the arithmetic, 60.099999999999994 days."""

_Parts = Mapping[tuple[str, str], pl.DataFrame]
"""What the pieces told, by grain and geography."""


def rows_of_pieces(pieces: Iterable[pl.DataFrame], plan: Plan) -> pl.DataFrame:
    """Rows of every declared table: contract columns without `topic`, from the rows of all pieces of the plan."""
    told = pl.concat([pl.DataFrame(schema=PIECE_SCHEMA), *pieces])
    parts: _Parts = {
        (str(grain), str(place)): rows
        for (grain, place), rows in told.partition_by("grain", "geography", as_dict=True).items()
    }
    del told
    measures = [name for name in plan.measure_names() if name in MADE_OF]
    return pl.concat(
        rows_of_block(_figures(parts, plan, measure, block), plan, block)
        for measure in measures
        for block in plan.blocks(measure)
    )


def rows_of_block(told: pl.DataFrame, plan: Plan, block: KeyBlock) -> pl.DataFrame:
    """The rows of a block; `told` has `category`, `unit`, `period`, `value` wherever something happened.

    Units that are no unit of the city, and categories of no table, are left out.
    """
    joined = key_rows(block).join(told, on=list(KEY), how="left", maintain_order="left")
    null = pl.lit(None)
    return joined.with_columns(pl.col("value").cast(pl.Float64)).with_columns(
        _status(block.measure, plan),
        null.cast(pl.Float64).alias("low"),  # an exact figure has no margin; the columns are there all the same
        null.cast(pl.Float64).alias("high"),
        null.cast(pl.String).alias("flag"),
    ).with_columns(value=_shown_value(block.measure))  # fmt: skip


def rolling(months: pl.DataFrame, block: KeyBlock) -> pl.DataFrame:
    """Sums over windows of twelve months; the window is named by its first day."""
    windows = pl.DataFrame(
        {
            "window": [start for start in block.periods for _ in range(12)],
            "period": [add_months(start, n) for start in block.periods for n in range(12)],
        },
        schema={"window": pl.Date, "period": pl.Date},
    )
    summed = months.join(windows, on="period").group_by("category", "unit", "window").agg(pl.col("value").sum())
    return summed.rename({"window": "period"})


def _figures(parts: _Parts, plan: Plan, measure: str, block: KeyBlock) -> pl.DataFrame:
    """`category`, `unit`, `period`, `value` from the pieces that a block is made of."""
    columns = MADE_OF[measure]
    own = block.grain in WITHIN_MONTHS or bool(set(columns) & set(WHOLE))
    grain = block.grain if own else Grain.MONTH
    rows = parts.get((grain.value, block.geography), pl.DataFrame(schema=PIECE_SCHEMA)).select(*KEY, *columns)
    if block.grain is Grain.ROLLING_12M:
        return rolling(rows.select(*KEY, _value(measure, plan)), block)
    if not own or block.grain in WITHIN_MONTHS:  # a week may lie in two months
        known = figures()
        sums = [part.alias(name) for name in columns if (part := known[name].of_parts) is not None]
        rows = rows.with_columns(period=period_expr("period", block.grain)).group_by(KEY).agg(sums)
    return rows.select(*KEY, _value(measure, plan)).drop_nulls("value")


def _value(measure: str, plan: Plan) -> pl.Expr:
    value: pl.Expr
    match measure:
        case "closed_on_time_share":
            value = pl.when(pl.col("due") > 0).then(pl.col("on_time") / pl.col("due"))
        case "oldest_open_days":
            value = (pl.lit(end_of(plan)) - pl.col("oldest")).dt.total_days()
        case _:
            value = pl.col(MADE_OF[measure][0])
    return value.alias("value")


def _status(measure: str, plan: Plan) -> pl.Expr:
    """Counts are `zero` where nothing happened; a share or a median of nothing does not exist."""
    future = pl.col("period") > pl.lit(plan.as_of)
    if measure in SUMMED:
        known = pl.when(pl.col("value").fill_null(0) == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
    else:
        known = pl.when(pl.col("value").is_null()).then(pl.lit("not_collected")).otherwise(pl.lit("value"))
    return pl.when(future).then(pl.lit("not_reported")).otherwise(known).alias("status")


def _shown_value(measure: str) -> pl.Expr:
    value = pl.col("value").fill_null(0.0) if measure in SUMMED else pl.col("value").round(_DECIMALS)
    return pl.when(pl.col("status").is_in(["value", "zero"])).then(value)
