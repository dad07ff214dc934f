"""Counts of tracts spread over districts by homes, drawn by hand.

      tract   A     B     C     D
homes        100   100   100    50
district 1   100    60
district 2          40   100    50
reported       8    10     0     -
"""

import gzip
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.exact.apportion import CLUSTERING, Z90, apportion
from etl.exact.crosswalk import SCHEMA
from etl.exact.received import Received, count_received
from layers.period import Grain

YEAR = date(2019, 1, 1)
ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data" / "nyc"
TRACTS, DISTRICTS = list("ABCD"), ["1", "2"]
SHARES = [("A", "1", 1.0), ("B", "1", 0.6), ("B", "2", 0.4), ("C", "2", 1.0), ("D", "2", 1.0)]


def shares(rows: list[tuple[str, str, float]]) -> pl.DataFrame:
    told = [("tract", unit, "district", to, round(100 * w), w, "homes") for unit, to, w in rows]
    return pl.DataFrame(told, schema=SCHEMA, orient="row")


def spread(counts: dict[str, float | None], *, threshold: int = 0, drop: str = "") -> dict[str, tuple[object, ...]]:
    """District to status, value, low and high."""
    declared = Received("homes_scheduled", "tract", Grain.YEAR, ("all",), threshold)
    rows = pl.DataFrame(
        {"unit": list(counts), "period": [YEAR] * len(counts), "all": list(counts.values())},
        schema_overrides={"all": pl.Float64},
    )
    known = [row for row in SHARES if row[0] not in drop]
    received = count_received(rows, declared, [t for t in TRACTS if t not in drop]).rows
    found = apportion(received, shares(known), declared, "district", DISTRICTS)
    assert found.columns == received.columns
    assert found["measure"].unique().to_list() == ["homes_scheduled_apportioned"]
    assert found["geography"].unique().to_list() == ["district"]
    return {row["unit"]: (row["status"], row["value"], row["low"], row["high"]) for row in found.to_dicts()}


def test_a_count_goes_where_the_homes_are_and_a_blank_is_not_taken_for_zero() -> None:
    found = spread({"A": 8, "B": 10, "C": 0, "D": None})
    deviation = (10 * 0.6 * 0.4 * (1 + 9 * CLUSTERING)) ** 0.5
    low, high = 14 - Z90 * deviation, 14 + Z90 * deviation
    assert 10 < low < high < 18
    assert found == {"1": ("value", 14, int(low), int(high) + 1), "2": ("not_reported", None, None, None)}


def test_the_range_never_goes_beyond_what_the_shared_areas_hold() -> None:
    #  district 1 holds all 8 of A, and at most all 2 of B besides
    assert spread({"A": 8, "B": 2, "C": 0, "D": 0}) == {"1": ("value", 9, 8, 10), "2": ("value", 1, 0, 2)}


def test_zero_is_said_only_where_every_shared_area_said_so() -> None:
    assert spread({"A": 3, "B": 0, "C": 0, "D": 0}) == {"1": ("value", 3, 3, 3), "2": ("zero", 0, 0, 0)}


def test_a_hidden_count_is_known_by_what_the_city_leaves_for_it_and_its_true_value_is_not_used() -> None:
    #  threshold 11: A and B are hidden and are 40 together, however they share it; district 2 has 0.4 of B
    found = {true: spread({"A": 40 - true, "B": true, "C": 50, "D": 60}, threshold=11)["2"] for true in (1, 4, 10)}
    assert len(set(found.values())) == 1
    status, value, low, high = found[1]
    assert (status, value) == ("value", round(50 + 60 + 0.4 * 20))
    assert low >= 110 and high <= 110 + 0.4 * 40 + 8  # type: ignore[operator]  # floats, where the status is value


def test_where_the_city_is_not_told_a_hidden_count_gives_no_estimate() -> None:
    found = spread({"A": 40, "B": 3, "C": None, "D": 60}, threshold=11)
    assert found["1"] == ("not_reported", None, None, None)


def test_a_district_that_shares_homes_with_no_counted_area_is_not_reported() -> None:
    assert spread({"A": 8}, drop="BCD")["2"] == ("not_reported", None, None, None)


@given(st.lists(st.integers(0, 400), min_size=4, max_size=4))
def test_the_estimate_lies_in_its_range_and_estimates_add_up_but_for_rounding(counts: list[int]) -> None:
    found = spread(dict(zip(TRACTS, map(float, counts), strict=True)))
    for _, value, low, high in found.values():
        assert isinstance(value, float) and isinstance(low, float) and isinstance(high, float)
        assert low <= value <= high
    assert abs(sum(value for _, value, *_ in found.values()) - sum(counts)) <= 1  # type: ignore[misc, arg-type]  # floats, as asserted


@pytest.mark.parametrize(("given_by", "wanted"), [("cd", "cc"), ("cc", "cd")])
def test_the_published_counts_of_new_york_lie_in_nine_of_ten_ranges(given_by: str, wanted: str) -> None:
    """Evictions carried out, which the city's office counted by both of two kinds of district."""
    if not SHARED.exists():
        pytest.skip("the public files of New York are not beside this folder")
    counts = {"cc": _published("cc_res", "coun_dist"), "cd": _published("cd_res", "boro_cd")}
    lots = pl.read_csv(SHARED / "parcels" / "tax_lots_points_2023.csv.gz", infer_schema=False).select(
        cc=pl.col("councildist_2013").str.replace(r"\.0$", ""),
        cd=pl.col("communitydist").str.replace(r"\.0$", ""),
        homes=pl.col("unitsres").cast(pl.Float64, strict=False).fill_null(0),
    )
    both = lots.group_by(given_by, wanted).agg(pl.col("homes").sum()).filter(pl.col("homes") > 0).drop_nulls()
    weights = both.select(
        from_geography=pl.lit("tract"), from_unit=given_by, to_geography=pl.lit("district"), to_unit=wanted,
        homes=pl.col("homes").cast(pl.Int64), share=pl.col("homes") / pl.col("homes").sum().over(given_by),
        basis=pl.lit("homes"),
    ).filter(pl.col("from_unit").is_in(list(counts[given_by])))  # fmt: skip
    declared = Received("set_outs", "tract", Grain.YEAR, ("all",), 0)
    rows = pl.DataFrame(
        {"unit": list(counts[given_by]), "period": YEAR, "all": [float(n) for n in counts[given_by].values()]}
    )
    received = count_received(rows, declared, list(counts[given_by])).rows
    found = apportion(received, weights, declared, "district", list(counts[wanted])).filter(status="value")
    truth = found["unit"].replace_strict(counts[wanted], return_dtype=pl.Float64)
    held = (truth >= found["low"]) & (truth <= found["high"])
    assert found.height >= 50
    assert held.mean() >= 0.9  # type: ignore[operator]  # of booleans it is a number


def _published(name: str, key: str) -> dict[str, int]:
    content = json.loads(gzip.decompress((SHARED / "evictions_agg" / f"{name}.geojson.gz").read_bytes()))
    return {str(int(f["properties"][key])): f["properties"]["count_evictions"] for f in content["features"]}
