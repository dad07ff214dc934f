"""Hot spots among the published figures of one map. Places without a figure are left out, never taken for zero."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from layers.measures import Kind, Regime
from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.queries.change import Z90
from portal.queries.choice import Choice
from portal.queries.heat import UNRANKABLE, place_rows
from portal.queries.neighbors import touching_pairs
from portal.queries.offer import base_of, measure_of
from portal.statistics.expectation import Floats
from portal.statistics.hotspots import LEAST_PLACES, Spot, Touching, hot_spots

JUDGED = (Kind.COUNT, Kind.RATE)
"""Kinds of figures whose chance variation is known; medians and shares are not judged."""


@dataclass(frozen=True, slots=True)
class Spotted:
    """`kinds`: place → what it is, highest figure first. `judged`: places with a figure; `left_out`: those without.

    `why_not` is `kind`, `spread` or `few` where nothing was judged. `scores`: of each place in `kinds`, its Gi* in
    standard deviations, its local Moran's I, and how often noise and chance do as much by themselves.
    """

    kinds: dict[str, Spot]
    judged: int
    left_out: int
    why_not: str = ""
    scores: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def after(self, unit: str | None) -> str | None:
        """The spot that follows, the first one after the last."""
        units = list(self.kinds)
        if not units:
            return None
        return units[(units.index(unit) + 1) % len(units)] if unit in units else units[0]


def spots_of(choice: Choice) -> Spotted:
    """The hot spots of the map that an address asks for."""
    place = choice.geography.name
    return _spots(choice.release, choice.measure.name, choice.category, place, choice.grain, choice.period)


@lru_cache(maxsize=512)
def _spots(
    release: Release, measure: str, category: str, geography: str, grain: Grain, period: date | None
) -> Spotted:  # fmt: skip
    info = measure_of(release.manifest, measure)
    rows = place_rows(release, measure, category, geography, grain, period)
    shown = rows.filter(pl.col("value").is_not_null())
    judged, left_out = shown.height, rows.height - shown.height
    why_not = why_not_judged(info) or ("few" if judged < LEAST_PLACES else "")
    if info is None or why_not:
        return Spotted({}, judged, left_out, why_not)
    counts = place_rows(release, base_of(measure), category, geography, grain, period)
    variances = _variances(shown, info, counts)
    certain = (shown["flag"].fill_null("") != UNRANKABLE).to_numpy()
    touching = _touching(release, geography, shown["unit"])
    found = hot_spots(shown["value"].to_numpy(), touching, variances, certain=certain)
    columns = {"gi": found.gi, "moran": found.moran, "chance": found.chances}
    named = shown.with_columns(spot=pl.Series([kind.value for kind in found.kinds]), **columns).filter(
        pl.col("spot") != ""
    )
    ranked = named.sort("value", "name", descending=[True, False])
    kinds = {unit: Spot(spot) for unit, spot in ranked.select("unit", "spot").iter_rows()}
    scores = dict(zip(ranked["unit"], ranked.select(*columns).iter_rows(), strict=True))
    return Spotted(kinds, judged, left_out, scores=scores)


def why_not_judged(measure: MeasureInfo | None) -> str:
    """`kind` or `spread` where figures of a measure are never judged; else nothing.

    An estimate that was spread over places from a larger area's count is alike in all of them: that is no finding.
    """
    if measure is None or Kind(measure.kind) not in JUDGED:
        return "kind"
    return "spread" if measure.regime is Regime.APPORTIONED else ""


def _touching(release: Release, geography: str, units: pl.Series) -> Touching:
    place = {unit: at for at, unit in enumerate(units)}
    pairs = touching_pairs(release, geography, tuple(units))
    here, there = (np.array([place[unit] for unit in pairs[name]], dtype=np.int64) for name in ("here", "there"))
    return Touching(here, there)


def _variances(rows: pl.DataFrame, measure: MeasureInfo, counts: pl.DataFrame) -> Floats:
    """Of each figure: the square of its noise, and what chance gives a count if every place has the same level."""
    margin = ((rows["high"] - rows["low"]) / 2).fill_null(0.0).to_numpy()
    mean = float(rows["value"].mean() or 0.0)  # type: ignore[arg-type]  # a column of numbers
    chance = np.full(rows.height, mean)
    if measure.kind is Kind.RATE:
        chance = mean * _per_event(rows, counts)
    found: Floats = (margin / Z90) ** 2 + chance
    return found


def _per_event(rows: pl.DataFrame, counts: pl.DataFrame) -> Floats:
    """How much one event adds to each place's rate; where that is not told, as much as in the middle place."""
    joined = rows.select("unit", rate="value").join(
        counts.select("unit", count="value"), on="unit", how="left", maintain_order="left"
    )
    share = pl.when(pl.col("count") > 0, pl.col("rate") > 0).then(pl.col("rate") / pl.col("count"))
    found = joined.select(share=share)["share"]
    middle = found.median()
    filled: Floats = found.fill_null(middle if middle is not None else 1.0).to_numpy()
    return filled
