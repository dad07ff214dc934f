"""The attacks that read figures of homes one by one, on a release in exact mode: no margins, hidden without upper end.

zone1 a   150 homes     <             its rate or flag would tell of it
zone1 b   400 homes     17            42.5 per 1,000
zone1 c   110 homes     102           93 %: everybody knows of everybody
"""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.audit.attacks import geography_against_geography, homogeneity, presence, rates
from etl.protect.publish_rows import rates as rates_of
from etl.steps.audit import Attack
from tests.etl.audit.stores import CLEAN, ZONES, counts, public, release, told, zones_frame

EXACT: dict[str, Any] = {
    "measures": [
        {"name": "homes_filed", "regime": "exact", "floor": 5, "tables": []},
        {"name": "homes_filed_per_1000", "kind": "rate", "regime": "exact", "floor": 5, "tables": []},
    ],
    "protection": {"mode": "exact", "rho": None},
}
A_2025 = (pl.col("unit") == "a") & (pl.col("grain") == "year")
IS_RATE = pl.col("measure") == "homes_filed_per_1000"


def rows(drawn: str = CLEAN) -> pl.DataFrame:
    """Exact counts and the rates that belong to them."""
    drawn_counts = counts(drawn)
    shown = pl.col("value").is_not_null()
    exact = drawn_counts.with_columns(
        low=pl.when(shown).then(None).otherwise("low"), high=pl.lit(None, pl.Float64), flag=pl.lit(None, pl.String)
    )
    found = rates_of(exact, zones_frame(ZONES)).with_columns(topic=pl.lit("evictions"))
    return pl.concat([exact, found.select(exact.columns)])


def attack(folder: Path, run: Attack, table: pl.DataFrame) -> set[tuple[str, str]]:
    release(folder, table, **EXACT)
    return told(run(public(folder)).findings)


@pytest.mark.parametrize("run", [rates.run, presence.run, homogeneity.run, geography_against_geography.run])
def test_an_honest_release_passes_and_is_looked_at(tmp_path: Path, run: Attack) -> None:
    assert attack(tmp_path, run, rows()) == set()
    assert run(public(tmp_path)).tried >= 16


@pytest.mark.parametrize(
    ("change", "where", "learned"),
    [
        ({"value": 13.33, "status": "value"}, "homes_filed_per_1000", "The count is not shown, but its rate of 13.33"),
        ({"low": 13.33}, "homes_filed_per_1000", "Times the homes of the place it does not give back"),
        ({"low": 2.0}, "homes_filed", "The figure is hidden, but its range does not begin at 0."),
        ({"high": 26.67}, "homes_filed_per_1000", "Times the homes of the place it does not give back"),
        ({"flag": "caution"}, "homes_filed", "The figure is hidden, but a flag tells of its size."),
    ],
)
def test_whatever_tells_of_a_hidden_count_is_found(
    tmp_path: Path, change: dict[str, object], where: str, learned: str
) -> None:
    planted = A_2025 & (pl.col("measure") == where)
    table = rows().with_columns(
        pl.when(planted).then(pl.lit(value)).otherwise(name).alias(name) for name, value in change.items()
    )
    found = attack(tmp_path, rates.run, table)
    assert any(place == f"{where}, zone1 a, 2025" and said.startswith(learned) for place, said in found)


def test_a_missing_row_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, presence.run, rows().filter(~A_2025 | IS_RATE))
    assert any(place == "homes_filed, zone1, year" for place, _ in found)


def test_nearly_everybody_in_a_small_place_is_found(tmp_path: Path) -> None:
    found = attack(tmp_path, homogeneity.run, rows(CLEAN.replace("zone1/c         2025     6", "zone1/c 2025 102")))
    assert found == {("homes_filed, zone1 c, 2025", "It happened to at least 102 of the 110 homes there.")}


def test_one_place_hidden_under_one_name_and_shown_under_another_is_found(tmp_path: Path) -> None:
    table = rows(CLEAN.replace("zone1/c         2025     6", "zone1/c         2025     <"))
    found = attack(tmp_path, geography_against_geography.run, table)
    assert found == {("homes_filed, zone1 c, 2025", "the same cells as zone2 B, but another figure")}
