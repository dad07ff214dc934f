"""What a map does not show because nobody knows where it was: counted for the city, and in none of its places.

Of exact counts it is the city's figure less those of all places, which are both published to the last record. A
difference of protected figures is never told: it would be noise. What a release says of its homes is told instead.
"""

from dataclasses import dataclass, replace
from datetime import date

from layers.measures import Regime
from layers.policy import PLACED
from layers.release import Manifest
from portal.queries.choice import Choice
from portal.queries.heat import city_figure, place_rows
from portal.queries.offer import base_of, is_protected, measure_of


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Of `of` records of the view's period `count` are in no place."""

    count: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.count / self.of if self.of else 0.0


def unplaced(choice: Choice) -> Unplaced | None:
    """None where it is not known: of medians and shares, of protected figures, and where a place's figure is hidden."""
    measure = measure_of(choice.manifest, base_of(choice.measure.name))
    if measure is None or measure.regime is not Regime.EXACT or not measure.extensive or choice.period is None:
        return None
    asked = choice.release, measure.name, choice.category, choice.geography.name, choice.grain, choice.period
    rows, whole = place_rows(*asked), city_figure(replace(choice, measure=measure)).value
    if whole is None or not rows.height or rows["value"].null_count():
        return None
    count = round(whole - float(rows["value"].sum()))
    return Unplaced(count, round(whole)) if count >= 0 else None


@dataclass(frozen=True, slots=True)
class HomesPlaced:
    """Of the homes with records in `year`, `percent` could be placed: measured, as the release tells it."""

    percent: float
    year: int


def homes_placed(manifest: Manifest, period: date | None) -> HomesPlaced | None:
    """Of the period's year, else of the last year told before it."""
    told = [HomesPlaced(each.value, int(each.period)) for each in manifest.quality
            if each.name == PLACED and each.value is not None and each.period.isdigit()]  # fmt: skip
    past = [each for each in told if period is None or each.year <= period.year]
    return max(past, key=lambda each: each.year, default=None)


def approximate(choice: Choice) -> bool:
    """Whether the figures are protected."""
    return is_protected(measure_of(choice.manifest, base_of(choice.measure.name)) or choice.measure)
