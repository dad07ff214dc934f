"""The whole step on a small city: measured once, whatever happens, and nothing known from records in what comes out."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from etl.errors import StorageFailed, WouldDisclose
from etl.protect.frozen import freeze_zones, frozen_zones
from etl.protect.ledger import Ledger
from etl.protect.measure import Bench
from etl.protect.mechanism import DiscreteGaussian
from etl.protect.partitions import Partitions, Zones
from etl.protect.refusals import BookLost, LedgerBroken, MeasurementLost, ZonesMissing, ZonesMoved
from etl.steps.protect import Coverage, Protected, bench_for, protect
from layers.period import Grain
from layers.policy import DisclosurePolicy, policy_for
from layers.zones import build_zones

MakeBench = Callable[..., Bench]
Filings = Callable[..., pl.DataFrame]
COVERAGE = Coverage(date(2025, 1, 1))
AS_OF = date(2025, 5, 1)
"""January to March and the first quarter have a closing day; March closes on 30 April, the quarter on 15 May."""

EVENTS = tuple((home, f"2025-{month:02}-10") for home in range(70) for month in (1, 2, 3))


class Silent:
    """Draws nothing and hides everything: what comes out then can only come from what is public."""

    publishable = True

    def __call__(self, counts: list[int], sigma: float) -> list[int]:
        return [0] * len(counts)


def run(
    bench: Bench,
    events: pl.DataFrame,
    zones: Zones,
    *,
    policy: DisclosurePolicy | None = None,
    as_of: date = AS_OF,
    retired: tuple[int, ...] = (),
    dry_run: bool = False,
) -> Protected:
    return protect(
        events,
        zones,
        policy or policy_for("evictions"),
        coverage=COVERAGE,
        as_of=as_of,
        snapshot="keyed-hash",
        bench=bench,
        retired=retired,
        dry_run=dry_run,
    )


def city_months(protected: Protected) -> dict[int, float | None]:
    rows = protected.counts.filter(
        (pl.col("geography") == "city") & (pl.col("grain") == "month") & (pl.col("kind") == "count")
    )
    return dict(rows.select(pl.col("period").dt.month(), "value").rows())


def test_a_run_measures_what_has_closed_and_a_later_run_reads_it_back(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    first = run(make_bench(), filings(*EVENTS), zones)
    assert set(city_months(first)) == {1, 2, 3, 4, 5}
    assert all(60 < city_months(first)[m] < 80 for m in (1, 2, 3))
    assert city_months(first)[4] is None
    assert (first.report.measured_now, first.report.read_back, first.report.waiting) == (6, 0, 0)
    fewer = run(make_bench(), filings((1, "2025-01-10")), zones)
    assert fewer.counts.equals(first.counts), "the feed lost nearly everything; what was published stays"
    assert (fewer.report.measured_now, fewer.report.read_back) == (0, 6)


def test_later_periods_are_added_and_earlier_ones_never_change(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    first = run(make_bench(), filings(*EVENTS), zones)
    later = run(make_bench(), filings(*EVENTS, (1, "2025-04-02")), zones, as_of=date(2025, 6, 1))
    assert later.report.measured_now == 2 + 2 + 0  # April, and the first quarter, two tables each
    known = first.counts.filter(pl.col("status").is_in(["value", "hidden"]))
    assert later.counts.join(known, on=known.columns, how="semi", nulls_equal=True).height == known.height


def test_what_comes_out_depends_on_records_only_through_the_noise(
    tmp_path: Path, filings: Filings, zones: pl.DataFrame
) -> None:
    outcomes = []
    for name, rows in (("full", EVENTS), ("empty", ())):
        ledger = Ledger(
            sa.create_engine("sqlite://", poolclass=sa.StaticPool), lambda: datetime(2026, 1, 1, tzinfo=UTC)
        )
        outcomes.append(run(bench_for(tmp_path / name, ledger, Silent()), filings(*rows), zones))
    assert outcomes[0].counts.equals(outcomes[1].counts)
    assert outcomes[0].quality == outcomes[1].quality
    assert outcomes[0].closings == outcomes[1].closings


def test_a_dry_run_measures_nothing(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    bench = make_bench()
    dry = run(bench, filings(*EVENTS), zones, dry_run=True)
    assert dry.report.waiting == 6
    assert set(dry.counts["status"]) == {"not_reported"}
    assert bench.ledger.spent() == ()


def test_a_seed_marks_the_release_as_not_publishable_for_ever(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    assert not run(make_bench(), filings(*EVENTS), zones).publishable
    assert not run(make_bench(DiscreteGaussian()), filings(*EVENTS), zones).publishable


def test_the_systems_randomness_is_publishable(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    assert run(make_bench(DiscreteGaussian()), filings(*EVENTS), zones).publishable


def test_the_cap_holds_across_runs_and_withdrawals(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    """home 5:   run in May   Jan Feb Mar      run in December   Jan to Mar withdrawn, Apr to Sep come in
    counted                Jan Feb Mar                        Apr
    """
    bench = make_bench(Silent())
    run(bench, filings(*[(5, f"2025-{m:02}-03") for m in (1, 2, 3)]), zones)
    run(make_bench(Silent()), filings(*[(5, f"2025-{m:02}-03") for m in range(4, 10)]), zones, as_of=date(2025, 12, 1))
    book = bench.book.counted("evictions/public/filings-month-neighborhood", 2025, expected=True)
    assert book["period"].dt.month().to_list() == [1, 2, 3, 4]


def test_a_withdrawn_month_never_makes_room_for_a_fifth(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    """home 5:   filed January to May, counted month by month as each closes; then February is withdrawn
    counted     Jan Feb Mar Apr                                         still Jan Feb Mar Apr, never May
    """
    bench = make_bench(Silent())
    months = {m: (5, f"2025-{m:02}-03") for m in range(1, 6)}
    for last in range(1, 6):
        here = filings(*(months[m] for m in range(1, last + 1)))
        run(make_bench(Silent()), here, zones, as_of=date(2025, last + 2, 1))
    corrected = filings(*(months[m] for m in (1, 3, 4, 5)), (5, "2025-06-03"))
    run(make_bench(Silent()), corrected, zones, as_of=date(2025, 12, 1))
    book = bench.book.counted("evictions/public/filings-month-neighborhood", 2025, expected=True)
    assert book["period"].dt.month().to_list() == [1, 2, 3, 4]


def test_nothing_of_a_retired_year_is_measured_and_what_was_stays(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    first = run(make_bench(), filings(*EVENTS), zones)
    nobody = filings(*EVENTS).with_columns(home=pl.lit(None, pl.UInt64))  # without a key homes have no number
    later = run(make_bench(), nobody, zones, as_of=date(2025, 9, 1), retired=(2025,))
    assert (later.report.measured_now, later.report.read_back) == (0, 6)
    told = city_months(later)
    assert {m: told[m] for m in (1, 2, 3)} == {m: city_months(first)[m] for m in (1, 2, 3)}
    closed_since = later.counts.filter(pl.col("period") == date(2025, 5, 1))
    assert set(closed_since["status"]) == {"not_reported"}, "never zeros"
    assert len(make_bench().ledger.charged("evictions", "public")) == 6, "and nothing is paid for"


# ---------------------------------------------------------------- refusals


def test_a_lost_vector_is_never_measured_again(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, tmp_path: Path
) -> None:
    run(make_bench(), filings(*EVENTS), zones)
    next(iter((tmp_path / "measurements").rglob("*.parquet"))).unlink()
    with pytest.raises(MeasurementLost) as refused:
        run(make_bench(), filings(*EVENTS), zones)
    assert isinstance(refused.value, WouldDisclose)


def test_an_altered_vector_is_refused(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, tmp_path: Path
) -> None:
    run(make_bench(), filings(*EVENTS), zones)
    path = next(iter((tmp_path / "measurements").rglob("*.parquet")))
    frame, facts = pl.read_parquet(path), pl.read_parquet_metadata(path)
    path.unlink()
    frame.with_columns(noisy=pl.col("noisy") + 1).write_parquet(
        path, metadata={k: v for k, v in facts.items() if k != "ARROW:schema"}
    )
    with pytest.raises(StorageFailed, match="altered"):
        run(make_bench(), filings(*EVENTS), zones)


def test_a_ledger_that_forgot_is_refused(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, tmp_path: Path
) -> None:
    run(make_bench(), filings(*EVENTS), zones)
    (tmp_path / "state.db").unlink()
    with pytest.raises(LedgerBroken):
        run(make_bench(), filings(*EVENTS), zones)


def test_a_lost_book_stops_the_months(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, tmp_path: Path
) -> None:
    run(make_bench(), filings(*EVENTS), zones)
    for path in (tmp_path / "book").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(BookLost):
        run(make_bench(), filings(*EVENTS), zones, as_of=date(2025, 6, 1))


def test_an_older_copy_of_the_book_never_frees_months_that_were_counted(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, tmp_path: Path
) -> None:
    """home 5:   counted Jan Feb | copy of the book | counted Mar Apr | the copy is put back | May?   refused"""
    months = filings(*[(5, f"2025-{m:02}-03") for m in range(1, 6)])
    run(make_bench(Silent()), months, zones, as_of=date(2025, 4, 1))
    shutil.copytree(tmp_path / "book", tmp_path / "copy")
    run(make_bench(Silent()), months, zones, as_of=date(2025, 6, 1))
    shutil.rmtree(tmp_path / "book")
    shutil.copytree(tmp_path / "copy", tmp_path / "book")
    with pytest.raises(BookLost, match="2025-03-01"):
        run(make_bench(Silent()), months, zones, as_of=date(2025, 12, 1))


def test_an_overdrawn_ledger_stops_the_run_before_any_noise(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    """A home may now be counted in twelve months of a year whose noise was made for four."""
    run(make_bench(), filings(*EVENTS), zones)
    looser = policy_for("evictions", {"month_cap": 12})
    with pytest.raises(WouldDisclose, match="rho"):
        run(make_bench(), filings(*EVENTS), zones, policy=looser, as_of=date(2026, 6, 1))


@pytest.mark.parametrize("rho", [0.25, 4.0])
def test_a_new_rho_holds_for_tables_that_are_not_begun_and_for_the_next_year(
    rho: float, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    """months of 2025   January to March at rho 1 | rho changes | April to December: the noise of January
    quarters, year    not begun at rho 1        |             | the new noise
    2026                                        |             | the new noise"""
    run(make_bench(), filings(*EVENTS), zones)
    changed = policy_for("evictions", {"rho": rho})
    bench = make_bench()
    run(bench, filings(*EVENTS), zones, policy=changed, as_of=date(2026, 6, 1))
    paid = bench.ledger.charged("evictions", "public")
    old = policy_for("evictions")
    for table in changed.ladder:
        for year in (2025, 2026):
            drawn = {sigma for key, sigma in paid.items() if (key.table, key.year) == (table.name, year)}
            begun = year == 2025 and table.grain is Grain.MONTH
            assert drawn <= {table.sigma(old.rho if begun else rho)}, table.name
    (year,) = [spent for spent in bench.ledger.spent() if spent.year == 2025]
    assert year.rho <= max(rho, old.rho) * (1 - old.reserve) * (1 + 1e-9)


def test_a_draw_uses_the_noise_that_was_paid_for(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    """The run is stopped after charging; before the next one, the policy's rho is raised."""

    class Stopped(Exception):
        pass

    def stop(step: str) -> None:
        raise Stopped(step)

    with pytest.raises(Stopped):
        run(replace(make_bench(), progress=stop), filings(*EVENTS), zones)
    bench = make_bench()
    run(bench, filings(*EVENTS), zones, policy=policy_for("evictions", {"rho": 2.0}))
    paid = bench.ledger.charged("evictions", "public")
    drawn = {key: bench.measurements.read(key) for key in paid}
    assert {key: m.sigma for key, m in drawn.items() if m} == paid
    assert [s.rho for s in bench.ledger.spent()] == [pytest.approx(3 / 4 * (0.26 + 0.06))]


def test_zones_do_not_move_under_a_measurement(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, tmp_path: Path
) -> None:
    run(make_bench(), filings(*EVENTS), zones)
    moved = zones.with_columns(homes=pl.col("homes") + 1)
    with pytest.raises(ZonesMoved):
        run(make_bench(), filings(*EVENTS), moved)
    assert frozen_zones(tmp_path) == {}
    assert freeze_zones(tmp_path, 2025, zones).equals(zones)
    assert freeze_zones(tmp_path, 2025, moved).equals(zones)
    assert freeze_zones(tmp_path, 2026, moved).equals(moved)


def test_the_partner_tier_needs_its_own_zones(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    with pytest.raises(ZonesMissing, match="zone0"):
        run(make_bench(), filings(*EVENTS), zones.drop("zone0"), policy=policy_for("evictions", tier="partner"))


def test_place_types_of_service_requests_are_never_measured(make_bench: MakeBench, zones: pl.DataFrame) -> None:
    events = pl.DataFrame(
        {
            "home": [1, 2, None],
            "cell": [zones["cell"][0]] * 3,
            "created": [date(2025, 1, 9)] * 3,
            "category": ["heat_and_hot_water", "potholes", "housing_code"],
        },
        schema_overrides={"home": pl.UInt64, "cell": pl.UInt64},
    )
    done = run(make_bench(), events, zones, policy=policy_for("service_requests"))
    assert done.report.homes == 1
    assert set(done.counts["measure"]) == {"homes", "homes_per_1000"}
    assert Grain.MONTH.value in done.counts["grain"].to_list()


# ---------------------------------------------------------------- killed in the middle

STEPS = ("frozen", "charged", "booked", "sampled", "written", "stored", "sealed")


def city_zones(private: Path, drawn: pl.DataFrame) -> Partitions:
    """As in a run: what is frozen there, and what the address file of the day would give."""
    folder = private / "zones"
    return Partitions(frozen_zones(folder), lambda: drawn, lambda year, zones: freeze_zones(folder, year, zones))


def measure_in_a_process(folder: str, step: str) -> None:
    """What the subprocess runs: a measuring run that kills itself at the second time it reaches `step`."""
    private = Path(folder)
    ledger = Ledger(sa.create_engine(f"sqlite:///{private / 'state.db'}"), lambda: datetime(2026, 1, 1, tzinfo=UTC))
    seen: list[str] = []

    def watch(reached: str) -> None:
        seen.append(reached)
        if reached == step and seen.count(step) == (1 if step in ("frozen", "charged", "sealed") else 2):
            os.kill(os.getpid(), signal.SIGKILL)

    bench = replace(bench_for(private, ledger, DiscreteGaussian()), progress=watch)
    zones = city_zones(private, pl.read_parquet(private / "city.parquet"))
    events = pl.read_parquet(private / "events.parquet")
    run(bench, events, zones, as_of=date(2026, 11, 15))


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_one_draw_is_published_and_one_price_paid(
    tmp_path: Path, make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, step: str
) -> None:
    zones.write_parquet(tmp_path / "city.parquet")
    filings(*EVENTS).write_parquet(tmp_path / "events.parquet")
    here = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    killed = subprocess.run([sys.executable, __file__, str(tmp_path), step], env=here, check=False)
    assert killed.returncode == -signal.SIGKILL
    survived = {p: p.read_bytes() for p in (tmp_path / "measurements").rglob("*.parquet") if not p.name.startswith(".")}
    moved = zones.with_columns(homes=pl.col("homes") + 1)  # the address file changed in between
    first, second = (
        run(make_bench(DiscreteGaussian()), filings(*EVENTS), city_zones(tmp_path, moved), as_of=date(2026, 11, 15))
        for _ in range(2)
    )
    assert all(partition.equals(zones) for partition in first.zones.values()), "the zones frozen first stay"
    assert first.counts.equals(second.counts)
    assert not list((tmp_path / "measurements").rglob("*.part")), "a draw that was never stored is gone"
    assert all(path.read_bytes() == content for path, content in survived.items()), "what was stored was never redrawn"
    ledger = make_bench().ledger
    ledger.verify()
    assert (
        len(ledger.charged("evictions", "public"))
        == len(ledger.sealed("evictions", "public"))
        == first.report.measured_now + len(survived)
    )
    assert all(spent.rho <= 0.9 + 1e-9 for spent in ledger.spent())


def test_zones_of_the_small_city(zones: pl.DataFrame) -> None:
    assert zones["zone1"].n_unique() == 7
    assert zones.group_by("neighborhood", "district").len().height == 3
    assert build_zones(zones.select("cell", "neighborhood", "district", "homes")).equals(zones)


if __name__ == "__main__":
    measure_in_a_process(*sys.argv[1:])
