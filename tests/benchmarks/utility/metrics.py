"""How good a method's tables are. Every function reads a frame of `figures`; its docstring is the exact definition."""

import polars as pl

TOP = 20
LEAST_HOMES, LEAST_CHANGE = 30, 0.20
_PERIODS_OF_HALF = {"month": 6, "quarter": 2}


def level(figures: pl.DataFrame, geography: str, grain: str) -> pl.DataFrame:
    """The rows of one published level."""
    return figures.filter((pl.col("geography") == geography) & (pl.col("grain") == grain))


def mean_error(rows: pl.DataFrame) -> float:
    """Sum of |guess − truth| over all rows, divided by the sum of the truth."""
    return float((rows["guess"] - rows["truth"]).abs().sum() / rows["truth"].sum())


def median_error(rows: pl.DataFrame) -> float:
    """Median of |guess − truth| / truth over the rows in which the truth is not 0."""
    some = rows.filter(pl.col("truth") > 0)
    return float(((some["guess"] - some["truth"]).abs() / some["truth"]).median())  # type: ignore[arg-type]  # of numbers it is a number


def rows_shown(rows: pl.DataFrame) -> float:
    """Share of rows with a figure."""
    return float(rows["value"].is_not_null().mean())  # type: ignore[arg-type]  # of numbers it is a number


def homes_shown(rows: pl.DataFrame) -> float:
    """Share of the affected homes (sum of the truth) in rows with a figure."""
    return float(rows.filter(pl.col("value").is_not_null())["truth"].sum() / rows["truth"].sum())


def hot_spots(rows: pl.DataFrame, top: int = TOP) -> float:
    """Share of the `top` units by true rate per home that are among the `top` by guessed rate; mean over periods.

    Of equal rates the unit with more public homes goes first, then the lower id.
    """
    shares = []
    for _, year in rows.group_by("period"):
        best = [_highest(year, column, top) for column in ("truth", "guess")]
        shares.append(len(best[0] & best[1]) / len(best[0]))
    return sum(shares) / len(shares)


def direction(rows: pl.DataFrame) -> float | None:
    """Share of half-year changes whose direction is right, of those that matter; None where none does.

    A half-year's figure is the sum of its months (or quarters); only half-years with all of them count. A change
    matters where the earlier half-year truly has at least LEAST_HOMES and the next is truly more than LEAST_CHANGE
    higher or lower. It is right where the guessed half-years differ in the same direction.
    """
    changes = half_year_changes(rows).filter(
        (pl.col("before") >= LEAST_HOMES) & (pl.col("change").abs() > LEAST_CHANGE * pl.col("before"))
    )
    if changes.is_empty():
        return None
    return float((changes["change"].sign() == changes["guessed"].sign()).mean())  # type: ignore[arg-type]  # of numbers it is a number


def half_year_changes(rows: pl.DataFrame) -> pl.DataFrame:
    """`unit`, `half`, `before` (truth of the half-year before), `change` of the truth, `guessed` change."""
    whole = _PERIODS_OF_HALF[rows["grain"][0]]
    half = pl.col("period").dt.truncate("6mo").alias("half")
    halves = (
        rows.group_by("unit", half)
        .agg(pl.col("truth", "guess").sum(), parts=pl.len())
        .filter(pl.col("parts") == whole)
        .sort("unit", "half")
    )
    earlier = halves.select("unit", pl.col("half").dt.offset_by("6mo"), before="truth", guess_before="guess")
    return halves.join(earlier, on=["unit", "half"]).select(
        "unit",
        "half",
        "before",
        change=pl.col("truth") - pl.col("before"),
        guessed=pl.col("guess") - pl.col("guess_before"),
    )


def _highest(rows: pl.DataFrame, column: str, top: int) -> set[str]:
    ordered = rows.with_columns(rate=pl.col(column) / pl.col("homes")).sort(
        "rate", "homes", "unit", descending=[True, True, False]
    )
    return set(ordered["unit"].head(top))
