"""The simulated filings keep the margins that they are given, and nothing is simulated without the public files."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.benchmarks.utility.lots import made_lots, real_lots
from tests.benchmarks.utility.newyork import FIRST, YEARS, Margins, newyork_case, simulated

YEARLY = 5_000


@pytest.fixture(scope="module")
def lots() -> pl.DataFrame:
    return made_lots(homes=20_000, cells=400)


@pytest.fixture(scope="module")
def filings(lots: pl.DataFrame) -> pl.DataFrame:
    """Three of four filings in the ZIP code of most homes, the rest in the next; twice as many in January."""
    largest = lots.group_by("zip").agg(pl.col("units").sum()).sort("units", "zip", descending=True)["zip"].head(2)
    by_month = np.array([2.0] + [1.0] * 11)
    margins = Margins(pl.DataFrame({"zip": largest, "count": [3, 1]}), by_month / by_month.sum())
    events = simulated(lots, margins, yearly=YEARLY)
    lot = (events["home"] // 2**16).cast(pl.Int64)
    return events.with_columns(zip=lots["zip"].gather(lot), units=lots["units"].gather(lot))


def test_filings_fall_on_zip_codes_as_the_margins_say(filings: pl.DataFrame) -> None:
    counts = sorted(filings["zip"].value_counts()["count"], reverse=True)
    assert len(counts) == 2
    assert counts[0] / sum(counts) == pytest.approx(0.75, abs=0.01)


def test_filings_are_about_as_many_as_asked_for_and_inside_their_years(filings: pl.DataFrame) -> None:
    assert 0.93 * YEARS * YEARLY < filings.height <= YEARS * YEARLY  # the last repeats would fall after the end
    assert filings["filed"].dt.date().is_between(FIRST, date(FIRST.year + YEARS - 1, 12, 31)).all()


def test_filings_concern_homes_that_are_there(filings: pl.DataFrame) -> None:
    assert (filings["home"] % 2**16 < filings["units"]).all()
    assert filings.group_by("home").agg(pl.col("cell").n_unique())["cell"].max() == 1


def test_january_has_twice_the_filings_of_another_month(filings: pl.DataFrame) -> None:
    january = filings["filed"].dt.month() == 1
    assert filings.filter(january).height / filings.filter(~january).height == pytest.approx(2 / 11, rel=0.25)


def test_made_lots_hold_as_many_homes_as_asked_for(lots: pl.DataFrame) -> None:
    assert lots["units"].sum() == 20_000
    assert lots["units"].min() >= 1


def test_nothing_is_simulated_without_the_public_files(tmp_path: Path) -> None:
    assert real_lots(tmp_path) is None
    assert newyork_case(tmp_path) is None
