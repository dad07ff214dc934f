"""One leak planted in a copy of the demonstration city, and the attack that must see it; as published, all pass."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl.audit.attacks import averaging, homogeneity, presence, rates, sticky_noise
from etl.audit.finding import Attempt
from etl.audit.published import Published, published
from tests.etl.audit.stores import public

Change = Callable[[pl.DataFrame], pl.DataFrame]
Attack = Callable[[Published], Attempt]
SHOWN = (pl.col("status") == "value") & (pl.col("kind") == "count")


def of(measure: str, grain: str, geography: str) -> pl.Expr:
    return (pl.col("measure") == measure) & (pl.col("grain") == grain) & (pl.col("geography") == geography)


def copied(demo_store: Path, folder: Path, topic: str, change: Change) -> Path:
    """A store with one topic's release, its table changed."""
    source = next(demo_store.glob(f"releases/{topic}/*"))
    target = folder / "releases" / topic / source.name
    shutil.copytree(source, target)
    change(pl.read_parquet(source / "counts.parquet")).write_parquet(target / "counts.parquet")
    return folder


@pytest.mark.parametrize("attack", [averaging.run, sticky_noise.run, presence.run, rates.run, homogeneity.run])
def test_the_demonstration_city_passes(demo_store: Path, attack: Attack) -> None:
    attempt = attack(public(demo_store))
    assert attempt.findings == ()
    assert attempt.tried > 1000


def test_one_more_answer_in_a_second_release_is_found(demo_store: Path, tmp_path: Path) -> None:
    """The newest district month of evictions, two homes higher."""
    where = of("homes_filed", "month", "district") & SHOWN

    def redrawn(rows: pl.DataFrame) -> pl.DataFrame:
        last = where & (pl.col("period") == rows.filter(where)["period"].max()) & (pl.col("unit") == "1")
        return rows.with_columns(value=pl.when(last).then(pl.col("value") + 2).otherwise("value"))

    store = copied(demo_store, tmp_path, "evictions", redrawn)
    folder = next(store.glob("releases/evictions/*"))
    folder.rename(folder.with_name(f"{folder.name}~"))
    both = published({"public": [demo_store, store]})
    (found,) = averaging.run(both).findings
    assert found.where.startswith("homes_filed, district 1, ")
    assert found.learned.startswith("2 different answers")
    assert [f.where for f in sticky_noise.run(both).findings] == [found.where]


def test_one_noise_for_all_months_is_found(demo_store: Path, tmp_path: Path) -> None:
    """Each district keeps the figure of its first month."""
    where = of("homes", "month", "district") & SHOWN & (pl.col("category") == "all")
    first = pl.col("value").filter(where).first().over("unit", "measure", "grain", "geography")
    store = copied(
        demo_store,
        tmp_path,
        "service_requests",
        lambda rows: rows.with_columns(value=pl.when(where).then(first).otherwise("value")),
    )
    assert any("the same in one period and the next" in f.learned for f in sticky_noise.run(public(store)).findings)


def test_partner_figures_made_from_public_noise_are_found(demo_store: Path, tmp_path: Path) -> None:
    store = copied(demo_store, tmp_path, "shutoffs", lambda rows: rows)
    found = sticky_noise.run(published({"public": [demo_store], "partner": [store]})).findings
    assert any("the same in one tier and the other" in f.learned for f in found)


def test_a_zone_that_is_left_out_because_nothing_happened_there_is_found(demo_store: Path, tmp_path: Path) -> None:
    """One hidden row of a zone's year is dropped."""
    where = of("homes_scheduled", "year", "zone1") & (pl.col("status") == "hidden")

    def without(rows: pl.DataFrame) -> pl.DataFrame:
        one = rows.with_row_index().filter(where)["index"][0]
        return rows.filter(pl.int_range(pl.len()) != one)

    store = copied(demo_store, tmp_path, "shutoffs", without)
    learned = {f.learned for f in presence.run(public(store)).findings}
    assert any(told.startswith("1 rows are missing") for told in learned)


def test_a_rate_beside_a_hidden_count_is_found(demo_store: Path, tmp_path: Path) -> None:
    where = of("homes_filed_per_1000", "quarter", "zone2") & (pl.col("status") == "hidden")

    def told(rows: pl.DataFrame) -> pl.DataFrame:
        one = rows.with_row_index().filter(where)["index"][0]
        here = pl.int_range(pl.len()) == one
        return rows.with_columns(
            value=pl.when(here).then(4.2).otherwise("value"),
            status=pl.when(here).then(pl.lit("value")).otherwise("status"),
        )

    (found,) = rates.run(public(copied(demo_store, tmp_path, "evictions", told))).findings
    assert found.learned == "The count is not shown, but its rate of 4.2 is."


def test_a_small_zone_where_it_happened_to_everybody_is_found(demo_store: Path, tmp_path: Path) -> None:
    folder = next(demo_store.glob("releases/evictions/*"))
    units = next(
        g["units"] for g in json.loads((folder / "manifest.json").read_bytes())["geographies"] if g["name"] == "zone1"
    )
    zone = min(units, key=lambda unit: (unit["homes"], unit["id"]))
    here = (
        of("homes_filed", "year", "zone1")
        & (pl.col("unit") == zone["id"])
        & (pl.col("status").is_in(["value", "hidden"]))
    )
    homes = float(zone["homes"])
    assert homes < 200

    def everybody(rows: pl.DataFrame) -> pl.DataFrame:
        said = {"value": homes, "low": homes - 4, "high": homes + 4}
        return rows.with_columns(
            *(pl.when(here).then(number).otherwise(name).alias(name) for name, number in said.items()),
            status=pl.when(here).then(pl.lit("value")).otherwise("status"),
        )

    found = homogeneity.run(public(copied(demo_store, tmp_path, "evictions", everybody))).findings
    assert found
    assert {f.learned for f in found} == {f"It happened to at least {homes - 4:g} of the {homes:g} homes there."}
