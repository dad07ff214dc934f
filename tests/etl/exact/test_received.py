"""Counts as an agency sent them: blank is not reported, and never zero."""

from datetime import date

import polars as pl

from etl.exact.received import Received, count_received
from layers.period import Grain
from layers.store.schema import conform

YEARS = (date(2018, 1, 1), date(2019, 1, 1))


def received(threshold: int = 0) -> Received:
    return Received("homes_filed", "tract", Grain.YEAR, ("all",), threshold)


def rows(*cells: tuple[str, date, float | None]) -> pl.DataFrame:
    return pl.DataFrame(cells, schema={"unit": pl.String, "period": pl.Date, "all": pl.Float64}, orient="row")


def shown(table: pl.DataFrame, geography: str = "tract") -> dict[tuple[str, int], tuple[str, float | None]]:
    kept = table.filter(geography=geography)
    return {(r["unit"], r["period"].year): (r["status"], r["value"]) for r in kept.iter_rows(named=True)}


def test_blank_missing_and_zero_are_three_things() -> None:
    taken = count_received(
        #     tract   2018  2019
        #     A         12     0
        #     B      blank     4
        #     C          -     -     not in the feed at all
        #     X          7           no tract of this city
        rows(("A", YEARS[0], 12), ("A", YEARS[1], 0), ("B", YEARS[0], None), ("B", YEARS[1], 4), ("X", YEARS[0], 7)),
        received(),
        ["A", "B", "C"],
    )

    table = taken.rows
    assert shown(table) == {
        ("A", 2018): ("value", 12.0), ("A", 2019): ("zero", 0.0),
        ("B", 2018): ("not_reported", None), ("B", 2019): ("value", 4.0),
        ("C", 2018): ("not_reported", None), ("C", 2019): ("not_reported", None),
    }  # fmt: skip
    assert (taken.blank, taken.unknown_areas) == (1, 1)
    assert {status for status, _ in shown(table, "city").values()} == {"not_reported"}
    conform(table.with_columns(topic=pl.lit("evictions")))


def test_the_city_is_the_sum_where_every_area_reported() -> None:
    table = count_received(rows(("A", YEARS[0], 12), ("B", YEARS[0], 3)), received(), ["A", "B"]).rows

    assert shown(table, "city") == {("city", 2018): ("value", 15.0)}


def test_a_unit_told_twice_is_added_up_unless_one_part_is_blank() -> None:
    table = count_received(
        rows(("A", YEARS[0], 1), ("A", YEARS[0], 2), ("B", YEARS[0], 1), ("B", YEARS[0], None)), received(), ["A", "B"]
    ).rows

    assert shown(table) == {("A", 2018): ("value", 3.0), ("B", 2018): ("not_reported", None)}
