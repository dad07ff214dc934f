"""What partners get of a drawn feed, beside what the public gets of it; the noise is left out to keep it readable."""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
import pytest

from etl.protect.calendar import Coverage
from etl.steps.protect import Protected, protect
from layers.policy import policy_for
from tests.etl.protect.conftest import AS_OF, MakeBench

#        homes of one cell, the day of their shutoff, what followed
FEED = [(6, "2025-02-10", "disconnected"), (7, "2025-02-11", "paid"), (12, "2025-02-20", "disconnected")]
#        cell 0: 6 + 7      cell 1: 12


class NoNoise:
    publishable = False

    def __call__(self, counts: Sequence[int], sigma: float) -> list[int]:
        return list(counts)


@pytest.fixture
def events(zones: pl.DataFrame) -> pl.DataFrame:
    cells = zones["cell"].to_list()
    placed = zip(FEED, (cells[0], cells[0], cells[1]), strict=True)
    rows = [
        (1000 * place + home, cell, datetime.fromisoformat(day), outcome)
        for place, ((homes, day, outcome), cell) in enumerate(placed)
        for home in range(homes)
    ]
    schema = {"home": pl.UInt64, "cell": pl.UInt64, "scheduled": pl.Datetime("us"), "outcome": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def protected(events: pl.DataFrame, zones: pl.DataFrame, make_bench: MakeBench, tier: str) -> Protected:
    return protect(
        events,
        zones,
        policy_for("shutoffs", {"floor": 1}, tier=tier),
        coverage=Coverage(date(2025, 1, 1), date(2025, 12, 31)),
        as_of=AS_OF,
        snapshot="s",
        bench=make_bench(NoNoise()),
    )


def figures(done: Protected, **where: str) -> dict[tuple[str, str], float]:
    told = {"kind": "count", "status": "value", **where}
    rows = done.counts.filter(pl.col(name) == value for name, value in told.items())
    return {(unit, category): value for unit, category, value in rows.select("unit", "category", "value").iter_rows()}


def test_partners_see_categories_by_large_zone_and_month(
    events: pl.DataFrame, zones: pl.DataFrame, make_bench: MakeBench
) -> None:
    partner = protected(events, zones, make_bench, "partner")
    zone = dict(zones.select("cell", "zone2").iter_rows())
    one, other = (zone[cell] for cell in zones["cell"].to_list()[:2])
    wanted: dict[tuple[str, str], float] = {}
    for unit, category, homes in [
        (one, "all", 13), (one, "disconnected", 6), (one, "paid", 7), (other, "all", 12), (other, "disconnected", 12),
    ]:  # fmt: skip
        wanted[unit, category] = wanted.get((unit, category), 0) + homes
    assert figures(partner, geography="zone2", grain="month") == wanted
    city = {category: n for (_, category), n in figures(partner, geography="city", grain="month").items()}
    assert city == {"all": 25, "disconnected": 18, "paid": 7}

    public = protected(events, zones, make_bench, "public")
    assert figures(public, geography="zone2", grain="month") == {}
    assert public.counts.filter(pl.col("geography").str.starts_with("zone"), pl.col("category") != "all").is_empty()


def test_partners_see_one_level_finer_by_quarter_and_year(
    events: pl.DataFrame, zones: pl.DataFrame, make_bench: MakeBench
) -> None:
    partner = protected(events, zones, make_bench, "partner")
    of = {level: dict(zones.select("cell", level).iter_rows()) for level in ("zone0", "zone1")}
    one, other = zones["cell"].to_list()[:2]
    for geography, grain in (("zone0", "year"), ("zone1", "quarter")):
        assert figures(partner, geography=geography, grain=grain) == {
            (of[geography][one], "all"): 13, (of[geography][other], "all"): 12,
        }  # fmt: skip
    public = protected(events, zones, make_bench, "public")
    assert "zone0" not in public.counts["geography"].to_list()
    assert figures(public, geography="zone1", grain="quarter") == {}


def test_each_tier_measures_on_its_own_and_has_its_own_book(
    events: pl.DataFrame, zones: pl.DataFrame, make_bench: MakeBench
) -> None:
    public = protected(events, zones, make_bench, "public")
    partner = protected(events, zones, make_bench, "partner")
    assert public.report.read_back == 0
    assert partner.report.read_back == 0
    assert partner.report.measured_now > 0
    again = protected(events.clear(), zones, make_bench, "partner")
    assert again.report.measured_now == 0, "measured once, read back whatever the feed says now"
    assert again.counts.equals(partner.counts)
    spent = {(row.tier, row.year): row.rho for row in make_bench().ledger.spent()}
    assert spent["public", 2025] == pytest.approx(0.5 * 0.9, rel=1e-6)
    assert spent["partner", 2025] == pytest.approx(1.0 * 0.9, rel=1e-6)
