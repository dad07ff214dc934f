"""Addresses of real feeds against address points taken from other real feeds: what each way of matching adds.

Neither city's address file is at hand, so few addresses can match at all; what matters is what is gained, that nothing
is lost, and that what is gained lies where it should.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.geography.directory import Directory, build_directory, matched
from etl.location.cache import AddressCache
from etl.location.finder import Finder
from etl.location.postal import FACTS, Postal, parser_version
from etl.values.streets import apartment_expr, street_expr
from tests.cities.reading import KEY

pytestmark = pytest.mark.slow
POSTAL = Postal(KEY, AddressCache(None, FACTS, parser_version(), date(2026, 1, 1)))


def table(shared: Path, name: str, **columns: str) -> pl.DataFrame:
    frame = pl.read_csv(shared / name, infer_schema=False)
    return frame.select(**{new: pl.col(old).str.strip_chars().replace("", None) for new, old in columns.items()})


def points(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("lat", "lng").cast(pl.Float64), zip=pl.col("zip").str.slice(0, 5))


def found(
    addresses: pl.DataFrame, directory: Directory, *, hundreds: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Exact matches, and what is told of the other addresses."""
    rows = addresses.select("address", "zip").with_row_index("row")
    exact = matched(rows, directory)
    asked = exact.select("row", "address", "zip", "street", "found_lat", wanted=pl.col("found_lat").is_null())
    return exact, Finder(postal=POSTAL, hundreds=hundreds).more(asked, directory)


def meters(frame: pl.DataFrame, one: tuple[str, str], other: tuple[str, str]) -> pl.Series:
    north = (pl.col(one[0]) - pl.col(other[0])) * 111_320
    east = (pl.col(one[1]) - pl.col(other[1])) * 111_320 * pl.col(other[0]).radians().cos()
    return frame.select((north**2 + east**2).sqrt().alias("m"))["m"]


@pytest.fixture(scope="module")
def marshals(shared_data: Path) -> pl.DataFrame:
    return table(
        shared_data,
        "nyc/evictions/Evictions_2017_2018.csv.gz",
        address="EVICTION_ADDRESS",
        zip="EVICTION_ZIP",
        apartment="EVICTION_APT_NUM",
        use="RESIDENTIAL_COMMERCIAL_IND",
    )


def test_marshals_among_the_addresses_of_a_311_sample(shared_data: Path, marshals: pl.DataFrame) -> None:
    """Of 40,148: 1,400 as they stand; 427 more without the endings of ordinals, 62 more by the library."""
    requests = table(
        shared_data,
        "nyc/311/hadro_311_sample.csv.gz",
        address="Incident Address",
        zip="Incident Zip",
        lat="Latitude",
        lng="Longitude",
    )
    directory = build_directory(points(requests).drop_nulls().unique(["address", "zip"]))
    exact, more = found(marshals, directory)
    near = more.drop_nulls("near_lat")
    loosely, by_library = near.filter(~pl.col("by_postal")).height, near.filter("by_postal").height
    assert near["row"].n_unique() == near.height
    assert (exact["found_lat"].count(), loosely, by_library) == (1_400, 427, 62)


def test_blocks_of_chicago_lie_where_a_commercial_service_puts_them(shared_data: Path) -> None:
    """1,834 blocks such as `5900 S LAFLIN ST`, among 48,937 addresses of another feed."""
    sanitation = table(
        shared_data,
        "chicago/311/sanitation_code_complaints_from_rds.csv.gz",
        address="Street Address",
        zip="ZIP Code",
        lat="Latitude",
        lng="Longitude",
    )
    blocks = table(
        shared_data,
        "chicago/311/geolocated_blocks.csv.gz",
        address="Street Block",
        zip="Zip Code",
        lat="_latitude",
        lng="_longitude",
    )
    directory = build_directory(points(sanitation).unique(["address", "zip"]))
    _, more = found(blocks, directory, hundreds=True)
    placed = more.drop_nulls("rough_lat").select("row", "rough_lat", "rough_lng")
    where = points(blocks).with_row_index("row").join(placed, on="row")
    apart = meters(where, ("rough_lat", "rough_lng"), ("lat", "lng"))
    assert placed.height > 1_000
    assert (apart.quantile(0.5) or 0) < 80
    assert (apart < 250).mean() > 0.97


def test_dwellings_whose_apartment_is_written_only_sometimes_are_few(marshals: pl.DataFrame) -> None:
    """They count as several homes. 213 of 22,456 addresses have records of both kinds; 269 of 36,934 records."""
    homes = marshals.filter(pl.col("use") == "Residential").select(
        "zip", street=street_expr(pl.col("address")), unit=apartment_expr(pl.col("apartment"), pl.col("address"))
    )
    unit = pl.col("unit")
    each = homes.group_by("street", "zip").agg(told=unit.count(), blank=unit.null_count())
    both = each.filter((pl.col("told") > 0) & (pl.col("blank") > 0))
    assert (each.height, both.height, both["blank"].sum(), homes.height) == (22_456, 213, 269, 36_934)
