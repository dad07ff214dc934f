"""The metrics of the utility report, on tables small enough to work out by hand."""

import datetime

import polars as pl
import pytest

from tests.benchmarks.utility import metrics

Y2025 = "2025-01-01"
M = [f"2025-{month:02d}-01" for month in range(1, 13)]
Q = ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"]


def rows(*table: tuple[str, str, int, int, float | None, float], grain: str = "year") -> pl.DataFrame:
    """Figures from rows of (unit, period, homes, truth, value, guess)."""
    names = ["unit", "period", "homes", "truth", "value", "guess"]
    return pl.DataFrame(table, schema=names, orient="row").with_columns(
        pl.col("period").str.to_date(),
        pl.col("value", "guess").cast(pl.Float64),
        geography=pl.lit("zone1"),
        grain=pl.lit(grain),
    )


FOUR = rows(
    #  unit  period  homes truth value guess   |guess − truth|  of truth
    ("a",  Y2025,  100,  10,   12.0, 12.0),  # 2               20 %
    ("b",  Y2025,  100,  40,   36.0, 36.0),  # 4               10 %
    ("c",  Y2025,  100,   0,   None,  2.0),  # 2               not in the median
    ("d",  Y2025,  100,   2,   None,  2.0),  # 0                0 %
)  # fmt: skip


def test_mean_error_is_the_sum_of_errors_over_the_sum_of_truth() -> None:
    assert metrics.mean_error(FOUR) == (2 + 4 + 2 + 0) / (10 + 40 + 0 + 2)


def test_median_error_leaves_out_rows_in_which_nothing_happened() -> None:
    assert metrics.median_error(FOUR) == pytest.approx(0.10)


def test_rows_and_homes_with_a_figure() -> None:
    assert metrics.rows_shown(FOUR) == 2 / 4
    assert metrics.homes_shown(FOUR) == (10 + 40) / 52


def test_hot_spots_are_compared_by_rate_year_by_year() -> None:
    figures = rows(
        #  unit      period        homes truth value guess    true rate  guessed rate
        ("a",      Y2025,        100,  30, 30.0, 30.0),     # .30 top   .30 top
        ("large",  Y2025,       1000, 200, 200.0, 200.0),   # .20 top   .20
        ("b",      Y2025,        100,  15, 25.0, 25.0),     # .15       .25 top
        ("a",      "2026-01-01", 100,  30, 30.0, 30.0),     # .30 top   .30 top
        ("large",  "2026-01-01", 1000, 200, 200.0, 200.0),  # .20 top   .20 top
        ("b",      "2026-01-01", 100,  15, 15.0, 15.0),     # .15       .15
    )  # fmt: skip
    assert metrics.hot_spots(figures, top=2) == (1 / 2 + 2 / 2) / 2


def test_of_equal_rates_the_unit_with_more_homes_goes_first() -> None:
    figures = rows(
        #  unit    period  homes truth value guess   true rate  guessed rate
        ("few",  Y2025, 100,  10, 10.0, 10.0),    # .10        .10
        ("many", Y2025, 200,  20, 20.0, 20.0),    # .10 first  .10 first
        ("none", Y2025, 500,   0, None,  2.0),    # 0          .004
    )  # fmt: skip
    assert metrics.hot_spots(figures, top=1) == 1
    assert metrics.hot_spots(figures.with_columns(guess=pl.col("guess") + (pl.col("unit") == "few")), top=1) == 0


def halves(first: tuple[int, float], second: tuple[int, float], *, periods: list[str], grain: str) -> pl.DataFrame:
    """A place whose two half-years have these sums of truth and guess: all in the first period of each."""
    middle = len(periods) // 2
    table = [("n", day, 500, 0, 0.0, 0.0) for day in periods]
    table[0] = ("n", periods[0], 500, first[0], first[1], first[1])
    table[middle] = ("n", periods[middle], 500, second[0], second[1], second[1])
    return rows(*table, grain=grain)


@pytest.mark.parametrize(("grain", "periods"), [("month", M), ("quarter", Q)])
@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        # truth and guess of the first half-year, then of the second
        ((30, 28.0), (37, 40.0), 1.0),  # + 23 %, seen as a rise
        ((30, 38.0), (37, 37.0), 0.0),  # + 23 %, seen as a fall
        ((50, 40.0), (39, 40.0), 0.0),  # − 22 %, seen as no change
        ((30, 28.0), (36, 40.0), None),  # + 20 %: not more than 20 %
        ((29, 28.0), (60, 60.0), None),  # fewer than 30 homes before
    ],
)
def test_direction_of_half_year_changes(
    grain: str, periods: list[str], first: tuple[int, float], second: tuple[int, float], right: float | None
) -> None:
    assert metrics.direction(halves(first, second, periods=periods, grain=grain)) == right


def test_a_half_year_without_all_its_months_is_not_compared() -> None:
    whole = halves((40, 40.0), (80, 80.0), periods=M, grain="month")
    assert metrics.half_year_changes(whole)["change"].to_list() == [40]
    assert metrics.half_year_changes(whole.filter(pl.col("period") < datetime.date(2025, 12, 1))).is_empty()
