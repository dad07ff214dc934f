"""The best possible guess, made for real: someone knows every record but one home's, and reads every answer.

Each calendar year of a made-up city is one trial: in half of the years the home that matters is in the records, in the
others it is not. Records go the whole way, from events to stored answers, with a corrected feed and re-runs in between.
The likelihood ratio of all answers is the best test there is (Neyman and Pearson); whatever is published is computed
from these answers, so nobody who reads it can do better.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from etl.protect.calendar import Coverage
from etl.protect.ledger import Ledger
from etl.protect.mechanism import DiscreteGaussian, Sampler
from etl.steps.protect import bench_for, protect
from layers.period import Grain
from layers.policy import PROTECTED_TOPICS, DisclosurePolicy, Tier, best_guess, policy_for
from tests.etl.protect.conftest import NOW

FIRST = 2001
TARGET = 1_000_000
AT_ONCE = 24
"""Years of one made-up city; more trials are more cities."""
FEW = 4
"""Years of the short run. What a home can change is worked out, not tried: few years show it as well as many. How often
the guess is right tells little of few years; the long runs are for that."""
LONG = 45
"""Years after a city's last record by which everything has closed."""
FALSE_ALARM = 1e-6
Case = tuple[str, Tier]
SLOW = (pytest.mark.slow, pytest.mark.timeout(3600))
EVERYTHING = tuple((topic, tier) for topic in PROTECTED_TOPICS for tier in Tier)


class Truthful:
    """Adds nothing: shows what the answers would be without noise. For the test's own sums only."""

    publishable = False

    def __call__(self, counts: Sequence[int], sigma: float) -> list[int]:
        return list(counts)


@dataclass(frozen=True)
class Answers:
    """All noisy vectors of one calendar year of one topic and tier, end to end, with the noise of each cell."""

    values: np.ndarray
    sigma: np.ndarray


@pytest.mark.parametrize(
    ("cases", "years"),
    [
        ((("evictions", Tier.PUBLIC),), FEW),
        pytest.param((("evictions", Tier.PUBLIC),), 300, marks=SLOW),
        pytest.param((("shutoffs", Tier.PUBLIC),), 300, marks=SLOW),
        pytest.param((("service_requests", Tier.PUBLIC),), 300, marks=SLOW),
        pytest.param(EVERYTHING[::2], 300, marks=SLOW, id="every public topic"),
        pytest.param(EVERYTHING, AT_ONCE, marks=SLOW, id="every topic, both tiers, one city"),
        pytest.param(EVERYTHING, 300, marks=SLOW, id="every topic, both tiers"),
    ],
)
def test_no_guess_is_better_than_the_total_rho_allows(
    cases: Sequence[Case], years: int, zones: pl.DataFrame, tmp_path: Path
) -> None:
    bits = np.arange(years) % 2 == 0
    ratio, distance = np.zeros(years), 0.0
    for topic, tier in cases:
        policy, folder = _policy(topic, tier), tmp_path / f"{topic}-{tier}"
        absent, present = _means(policy, zones, folder / "exact")
        cities = [bits[first : first + AT_ONCE] for first in range(0, years, AT_ONCE)]
        seen = [
            answers
            for number, city in enumerate(cities)
            for answers in _answers(policy, zones, city, DiscreteGaussian(), folder / str(number))
        ]
        shift = (present - absent) / seen[0].sigma
        for year, answers in enumerate(seen):
            middle = (answers.values - (present + absent) / 2) / answers.sigma
            ratio[year] += float(shift @ middle)
        distance += float(shift @ shift)
    rho = sum(policy_for(topic, tier=tier).rho for topic, tier in cases)
    spent = distance / 2

    # what one home can change, however active it was and whatever was corrected, costs no more than the ladder declares
    assert spent <= rho * 0.9 * (1 + 1e-9)
    assert spent > rho * 0.6, "the home should meet most tables, else this test would see no leak"

    right = float(((ratio > 0) == bits).mean())
    doubt = math.sqrt(math.log(1 / FALSE_ALARM) / (2 * years))  # Hoeffding
    assert right <= best_guess(rho) + doubt
    assert right >= best_guess(spent) - doubt, "the guess is worse than theory says: the test is broken"


def test_a_home_without_bound_would_be_told(zones: pl.DataFrame, tmp_path: Path) -> None:
    """The same sum finds what a missing cap would cost: twelve months instead of four."""
    policy = policy_for("evictions")
    uncapped = replace(policy, ladder=tuple(replace(t, squared_sensitivity=12) for t in policy.ladder), month_cap=12)
    absent, present = _means(_late(uncapped), zones, tmp_path / "uncapped")
    capped = _answers(_late(policy), zones, np.array([False]), Truthful(), tmp_path / "capped")
    sigma = capped[0].sigma
    assert float((((present - absent) / sigma) ** 2).sum()) / 2 > policy.rho


def _policy(topic: str, tier: Tier) -> DisclosurePolicy:
    return _late(policy_for(topic, tier=tier))


def _late(policy: DisclosurePolicy) -> DisclosurePolicy:
    """Months close as always, quarters and years long after: so a corrected feed comes in between, in every trial."""
    days = dict(policy.closing_days) | {Grain.QUARTER: LONG * 365, Grain.YEAR: LONG * 365}
    return replace(policy, closing_days=tuple(days.items()))


def _answers(
    policy: DisclosurePolicy, zones: pl.DataFrame, bits: np.ndarray, sampler: Sampler, folder: Path
) -> list[Answers]:
    """Month tables from a first feed, a re-run on a corrected one, everything else from that, and a last re-run."""
    folder.mkdir(parents=True)
    ledger = Ledger(sa.create_engine(f"sqlite:///{folder / 'state.db'}"), lambda: NOW)
    bench = bench_for(folder, ledger, sampler)
    last = FIRST + len(bits) - 1
    first, corrected = (_feed(policy.topic, zones, bits, late=late) for late in (False, True))
    for events, year in (
        (first, last + 2),
        (corrected, last + 2),
        (corrected, last + LONG + 2),
        (first, last + LONG + 2),
    ):
        protect(
            events,
            zones,
            policy,
            coverage=Coverage(date(FIRST, 1, 1), date(last, 12, 31)),
            as_of=date(year, 6, 1),
            snapshot="keyed-hash",
            bench=bench,
        )
    return [_of_year(policy, bench.ledger, bench.measurements, year) for year in range(FIRST, last + 1)]


def _of_year(policy, ledger, measurements, year: int) -> Answers:  # type: ignore[no-untyped-def]
    keys = sorted(key for key in ledger.sealed(policy.topic, policy.tier) if key.year == year)
    found = [measurements.read(key) for key in keys]
    return Answers(
        np.concatenate([m.cells["noisy"].to_numpy() for m in found]).astype(float),
        np.concatenate([np.full(m.cells.height, m.sigma) for m in found]),
    )


def _means(policy: DisclosurePolicy, zones: pl.DataFrame, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The exact answers without and with the home, which the guesser can work out: they know every other record."""
    without, present = _answers(policy, zones, np.array([False, True]), Truthful(), folder)
    return without.values, present.values


def _feed(topic: str, zones: pl.DataFrame, bits: np.ndarray, *, late: bool) -> pl.DataFrame:
    """Forty homes that everybody knows, the same every year; and where the bit says so, one that was active in every
    month. In the corrected feed its first months are withdrawn and its other months tell of another category."""
    cells = zones["cell"].to_list()
    rows = []
    for year, inside in enumerate(bits, start=FIRST):
        rows += [(home, cells[home % len(cells)], datetime(year, 1 + home % 12, 9), home) for home in range(40)]
        months = range(5, 13) if late else range(1, 13)
        rows += [(TARGET, cells[0], datetime(year, month, 20), month + late) for month in months] if inside else []
    schema = {"home": pl.UInt64, "cell": pl.UInt64, "day": pl.Datetime("us"), "turn": pl.Int64}
    events = pl.DataFrame(rows, schema=schema, orient="row")
    turn = pl.col("turn")
    match topic:
        case "evictions":
            return events.with_columns(
                filed="day",
                disposition="day",
                outcome=pl.when(turn % 2 == 0).then(pl.lit("settled")).otherwise(pl.lit("default")),
                represented=pl.when(turn % 3 == 0).then(pl.lit("yes")).otherwise(pl.lit("no")),
            )
        case "shutoffs":
            return events.with_columns(
                scheduled="day", outcome=pl.when(turn % 2 == 0).then(pl.lit("paid")).otherwise(pl.lit("disconnected"))
            )
        case _:
            group = pl.when(turn % 2 == 0).then(pl.lit("housing_code")).otherwise(pl.lit("bulky_items"))
            return events.with_columns(created="day", category=group)
