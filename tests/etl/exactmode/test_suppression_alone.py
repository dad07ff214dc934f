"""Why hiding small counts is not enough: the true counts of a small city, attacked before and after completing.

zone1 a  3   →  <          zone1 a  <
zone1 b 40   →  40         zone1 b  <   hidden to protect a
zone2 A 43   →  43         zone2 A  43
               a is 3                    a is anything from 0 to 4
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.audit.intervals import MANY, Narrowed, narrowed
from etl.audit.relations import Figure, web_of
from etl.exactmode import publish
from etl.exactmode.complete import complete
from etl.exactmode.figure import FIGURE
from etl.protect.partitions import Partitions
from tests.machinery.small_city import declare, etl, write_small_city

K = 5
EXACT = """
[policy.evictions]
mode = "exact"
threshold = 5
reason = "The court allows true counts only."
approved_by = "The clerk of the court"
"""


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, Partitions]:
    """The true counts that a run would publish, before anything is hidden, and the zones."""
    folder: Path = tmp_path_factory.mktemp("counted")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text + EXACT)
    seen: list[tuple[pl.DataFrame, Partitions]] = []

    def watched(figures: pl.DataFrame, zones: Partitions) -> pl.DataFrame:
        seen.append((figures, zones))
        return complete(figures, zones)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publish, "complete", watched)
        ended = etl("run", city, "evictions", "--var", folder / "var")
    assert ended.code == 0, ended.said
    return seen[0]


def solved(figures: pl.DataFrame, zones: Partitions, *, told: bool) -> list[tuple[int, Narrowed]]:
    """Every small count that solving narrows, with its true number. `told`: the reader knows which ones are small."""
    found = []
    for part in figures.with_columns(small=pl.col("count") < K).sort(FIGURE).partition_by("measure"):
        shown, count = part["shown"].to_numpy(), part["count"].to_numpy()
        keys = [Figure(*row) for row in part.select(FIGURE[1:]).rows()]
        most = np.where(part["small"].to_numpy(), K - 1, MANY) if told else np.full(part.height, MANY)
        known = web_of(keys, zones.of(2026)).known(
            np.where(shown, count, 0).astype(float), np.where(shown, count, most).astype(float)
        )
        asked = {int(f): K for f in np.flatnonzero(~shown & part["small"].to_numpy())}
        found += [(int(count[each.figure]), each) for each in narrowed(known, asked)]
    return found


def test_hiding_small_counts_alone_is_broken(counted: tuple[pl.DataFrame, Partitions]) -> None:
    figures, zones = counted
    alone = solved(figures.with_columns(shown=pl.col("count") >= K), zones, told=True)
    assert all(each.low <= true <= each.high for true, each in alone)
    assert len(alone) >= 20
    assert sum(each.low == each.high == true for true, each in alone) >= 3


@pytest.mark.parametrize("told", [True, False])
def test_nothing_is_left_to_solve_of_the_completed_tables(counted: tuple[pl.DataFrame, Partitions], told: bool) -> None:
    figures, zones = counted
    done = complete(figures, zones)
    assert done["shown"].any()
    assert solved(done, zones, told=told) == []


def test_a_place_with_two_names_is_hidden_under_both(counted: tuple[pl.DataFrame, Partitions]) -> None:
    figures, zones = counted
    names = zones.of(2026).group_by("neighborhood").agg(pl.col("zone2").n_unique(), unit=pl.col("zone2").first())
    twice = names.filter(pl.col("zone2") == 1)
    assert twice.height
    done = complete(figures, zones).filter(grain="quarter", category="all")
    key = ["measure", "period", "unit"]
    large = done.filter(geography="zone2").join(twice, on="unit").with_columns(unit="neighborhood")
    both = large.join(done.filter(geography="neighborhood"), on=key, suffix="_other").filter(
        pl.col("count") == pl.col("count_other")
    )
    assert both.height
    assert (both["shown"] == both["shown_other"]).all()
