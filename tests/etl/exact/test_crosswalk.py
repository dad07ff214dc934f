"""Shares of homes between areas, drawn by hand.

address   homes   district   zip
a           6        1        Z
b           2        2        Z
c           2        2        Y
d           0        2        X      a shop: ZIP X has land, and no home
e           5        -        Z      beyond all districts
"""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.exact.crosswalk import SCHEMA, crosswalk

ADDRESSES = pl.DataFrame(
    [(6, "1", "Z"), (2, "2", "Z"), (2, "2", "Y"), (0, "2", "X"), (5, None, "Z")],
    schema=["units", "area_district", "area_zip"],
    orient="row",
)
GROUND = pl.DataFrame(
    [(1, "1", "Z"), (1, "2", "Z"), (1, "2", "Y"), (1, "1", "X"), (1, "2", "X"), (1, "2", "X"), (1, "2", "X")],
    schema=["units", "area_district", "area_zip"],
    orient="row",
)


def rows(found: pl.DataFrame, given_by: str) -> list[tuple[object, ...]]:
    return found.filter(from_geography=given_by).select("from_unit", "to_unit", "homes", "share", "basis").rows()


def test_shares_are_of_homes_and_of_land_where_there_is_none() -> None:
    found = crosswalk(ADDRESSES, GROUND, ["district", "zip"])
    assert dict(found.schema) == SCHEMA
    assert rows(found, "zip") == [
        ("X", "1", 0, 0.25, "land"),
        ("X", "2", 0, 0.75, "land"),
        ("Y", "2", 2, 1.0, "homes"),
        ("Z", "1", 6, round(6 / 13, 6), "homes"),  # 5 of its 13 homes lie in no district
        ("Z", "2", 2, round(2 / 13, 6), "homes"),
    ]
    assert rows(found, "district") == [
        ("1", "Z", 6, 1.0, "homes"),
        ("2", "Y", 2, 0.5, "homes"),
        ("2", "Z", 2, 0.5, "homes"),
    ]


def test_a_city_without_an_address_file_is_weighted_by_land() -> None:
    found = crosswalk(None, GROUND, ["district", "zip"])
    assert found["basis"].unique().to_list() == ["land"]
    assert found["homes"].sum() == 0
    assert rows(found, "district")[0] == ("1", "X", 0, 0.5, "land")


AREA = st.sampled_from(["1", "2", "3", None])


@given(st.lists(st.tuples(st.integers(0, 9), AREA, AREA), min_size=1, max_size=30))
def test_shares_of_a_unit_never_exceed_the_whole_and_both_directions_tell_of_the_same_homes(
    points: list[tuple[int, str | None, str | None]],
) -> None:
    frame = pl.DataFrame(points, schema={"units": pl.Int64, "area_a": pl.String, "area_b": pl.String}, orient="row")
    found = crosswalk(frame, frame.clear(), ["a", "b"])
    sums = found.group_by("from_geography", "from_unit").agg(pl.col("share").sum())["share"]
    assert all(share <= 1 + 1e-5 for share in sums)
    there = set(found.filter(from_geography="a").select("from_unit", "to_unit", "homes").rows())
    back = set(found.filter(from_geography="b").select("to_unit", "from_unit", "homes").rows())
    assert there == back
