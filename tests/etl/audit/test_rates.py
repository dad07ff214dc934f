"""Rates, ranges and flags.

            count      rate per 1,000 of 150 homes      works back to
zone1 a     <          .                                nothing
zone1 a     <          26.67                            4: found
zone1 a     15         106.67                           16: found
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.audit.attacks.rates import run
from etl.protect.publish_rows import rates
from tests.etl.audit.stores import CLEAN, ZONES, counts, public, release, told, zones_frame

RATE = [{"name": "homes_filed_per_1000", "kind": "rate", "regime": "measured", "floor": 5}]
A_2025 = (pl.col("unit") == "a") & (pl.col("grain") == "year")
IS_RATE = pl.col("measure") == "homes_filed_per_1000"
MONTHS = "".join(f"    district/{d} 2025-{m:02} {v}\n" for m, v in ((1, 9), (2, 7), (3, "<")) for d in (1, 2, 3))


def published_rows(drawn: str = CLEAN) -> pl.DataFrame:
    """A drawing's counts with the rates that belong to them."""
    table = counts(drawn)
    whole = rates(table, zones_frame(ZONES)).with_columns(topic=pl.lit("evictions"))
    return pl.concat([table, whole.select(table.columns)])


def attack(folder: Path, rows: pl.DataFrame, **declared: Any) -> set[tuple[str, str]]:
    release(folder, rows, **({"measures": RATE} | declared))
    return told(run(public(folder)).findings)


def test_rates_that_follow_from_published_counts_pass(tmp_path: Path) -> None:
    assert attack(tmp_path, published_rows()) == set()
    attempt = run(public(tmp_path))
    assert attempt.tried == 44
    assert attempt.best.startswith("Every rate gives back the published count or nothing")


@pytest.mark.parametrize(
    ("change", "learned"),
    [
        ({"value": 26.67, "status": "value"}, "The count is not shown, but its rate of 26.67 is."),
        ({"status": "not_reported"}, "The rate is not_reported, its count hidden."),
        ({"high": 26.67}, "Times the homes of the place it does not give back the published count and its range."),
        ({"low": 13.33}, "Times the homes of the place it does not give back the published count and its range."),
        ({"flag": "unrankable"}, "It is flagged otherwise than its count."),
    ],
)
def test_a_rate_that_says_more_than_its_hidden_count_is_found(
    tmp_path: Path, change: dict[str, object], learned: str
) -> None:
    rows = published_rows().with_columns(
        pl.when(A_2025 & IS_RATE).then(pl.lit(value)).otherwise(name).alias(name) for name, value in change.items()
    )
    assert ("homes_filed_per_1000, zone1 a, 2025", learned) in attack(tmp_path, rows)


def test_a_rate_of_another_count_is_found(tmp_path: Path) -> None:
    """zone1 b shows 17 of 400 homes, 42.5 per 1,000; its rate says 45: the count was 18."""
    b = (pl.col("unit") == "b") & IS_RATE
    rows = published_rows().with_columns(value=pl.when(b).then(45.0).otherwise("value"))
    assert attack(tmp_path, rows) == {
        (
            "homes_filed_per_1000, zone1 b, 2025",
            "Times the homes of the place it does not give back the published count and its range.",
        )
    }


@pytest.mark.parametrize(
    ("change", "learned"),
    [
        ({"low": 2.0}, "The figure is hidden, but its range does not begin at 0."),
        ({"flag": "caution"}, "The figure is hidden, but a flag tells of its size."),
    ],
)
def test_a_range_or_flag_that_depends_on_a_hidden_figure_is_found(
    tmp_path: Path, change: dict[str, object], learned: str
) -> None:
    rows = counts(CLEAN).with_columns(
        pl.when(A_2025).then(pl.lit(value)).otherwise(name).alias(name) for name, value in change.items()
    )
    assert ("homes_filed, zone1 a, 2025", learned) in attack(tmp_path, rows, measures=())


@pytest.mark.parametrize("status", ["value", "hidden"])
def test_a_margin_that_changes_for_one_figure_alone_is_found(tmp_path: Path, status: str) -> None:
    one = (pl.col("unit") == "2") & (pl.col("status") == status) & (pl.col("period").dt.month() >= 2)
    rows = counts(MONTHS).with_columns(high=pl.when(one).then(pl.col("high") - 1).otherwise("high"))
    assert attack(tmp_path / "clean", counts(MONTHS), measures=()) == set()
    assert "homes_filed, district 2, " in " ".join(w for w, _ in attack(tmp_path / "odd", rows, measures=()))


def test_margins_that_change_everywhere_at_once_are_new_noise(tmp_path: Path) -> None:
    later = pl.col("period").dt.month() >= 2
    rows = counts(MONTHS).with_columns(high=pl.when(later).then(pl.col("high") + 2).otherwise("high"))
    assert attack(tmp_path, rows, measures=()) == set()


def _named(name: str, kind: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def change(rows: pl.DataFrame) -> pl.DataFrame:
        other = rows.filter(pl.col("geography") == "city").with_columns(measure=pl.lit(name), kind=pl.lit(kind))
        return pl.concat([rows, other])

    return change


@pytest.mark.parametrize(
    ("name", "kind", "regime", "learned"),
    [
        ("days_to_judgment_median", "duration", "measured",
         "A duration of homes is no sum of protected counts: it was made from records."),
        ("default_share", "share", "measured",
         "A share of homes is no sum of protected counts: it was made from records."),
        ("judgments_per_1000", "rate", "measured", "It is a rate of something that is not counted here."),
    ],
)  # fmt: skip
def test_what_is_no_sum_of_counts_is_found(tmp_path: Path, name: str, kind: str, regime: str, learned: str) -> None:
    measures = [{"name": name, "kind": kind, "regime": regime, "floor": None}]
    assert (name, learned) in attack(tmp_path, _named(name, kind)(counts(CLEAN)), measures=measures)


def test_a_median_of_homes_among_exact_measures_is_found(tmp_path: Path) -> None:
    """Durations of place types are exact and welcome; the same measure for a home type is not."""
    days = [{"name": "days_to_close_median", "kind": "duration", "regime": "exact"}]
    groups = [{"key": "heat", "kind": "home"}, {"key": "potholes", "kind": "place"}]
    of_places = counts("city 2025 12 potholes", measure="days_to_close_median").with_columns(kind=pl.lit("duration"))
    of_homes = of_places.with_columns(category=pl.lit("heat"))
    table = counts(CLEAN)
    assert attack(tmp_path / "a", pl.concat([table, of_places]), measures=days, groups=groups) == set()
    assert attack(tmp_path / "b", pl.concat([table, of_homes]), measures=days, groups=groups) == {
        ("days_to_close_median", "A duration of homes is no sum of protected counts: it was made from records.")
    }


def test_a_side_figure_with_decimals_is_found(tmp_path: Path) -> None:
    def placed(value: float) -> dict[str, Any]:
        return {"measures": (), "quality": [{"name": "placed", "value": value, "period": "2025"}]}

    assert attack(tmp_path / "a", counts(CLEAN), **placed(93.0)) == set()
    assert attack(tmp_path / "b", counts(CLEAN), **placed(93.4)) == {
        ("placed, 2025", "A side figure with decimals is a share of records.")
    }
