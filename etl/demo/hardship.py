"""What befalls homes in the demo city: who is at risk, and what the closing of the glass works did around it."""

import numpy as np

from etl.demo.addresses import Town
from etl.demo.calendar import PLANT_CLOSING, Span, drawn_days
from etl.demo.draw import drawn_places, year_factors
from etl.demo.plane import Floats, Ints

PLANT = (5_200.0, -600.0)  # on the drawing
PLANT_REACH = 3_000.0
CANARY_DAYS_BACK = 400


def risk(rng: np.random.Generator, town: Town, *, owners: float, strain: float, repeat: float) -> Floats:
    """Relative risk of each home, 1 on average. `owners`: risk of owners against renters; `repeat`: how few homes
    have most of the events (shape of a gamma distribution, smaller is fewer); buildings differ by their landlord."""
    homes = town.homes
    address = homes["address"].to_numpy()
    landlord = rng.lognormal(0, 0.6, town.addresses.height)
    level = np.where(homes["renter"].to_numpy(), 1.0, owners) * homes["stress"].to_numpy() ** strain
    level = (
        level
        * np.where(homes["size"].to_numpy() > 1, landlord[address], 1.0)
        * rng.gamma(repeat, 1 / repeat, len(address))
    )
    return np.asarray(level / level.mean())


def near_plant(town: Town) -> Floats:
    """How much each home depends on the glass works: 1 beside it, falling with distance."""
    points = town.geography.points[town.addresses["block"].to_numpy()]
    distance = np.hypot(points[:, 0] - PLANT[0], points[:, 1] - PLANT[1])
    closeness = np.exp(-((distance / PLANT_REACH) ** 2))
    return np.asarray(closeness[town.homes["address"].to_numpy()])


def drawn_homes(
    rng: np.random.Generator, town: Town, span: Span, *, level: Floats, weight: Floats, yearly: float, closing: float
) -> tuple[Ints, Ints]:
    """Days and homes of events. `weight` is by day of the span; `closing` is how many events, against an ordinary
    year's in the homes that depend on the glass works, its closing adds."""
    days = span.days(partial=False)
    neighborhood = town.addresses["neighborhood"].to_numpy()[town.homes["address"].to_numpy()]
    factors = year_factors(rng, len(town.geography.neighborhood.ids))
    usual = drawn_days(rng, days, weight, yearly=yearly)
    touched = level * near_plant(town)
    fading = np.where(PLANT_CLOSING.on(days), weight * _after_closing(days), 0.0)
    extra = drawn_days(rng, days, fading, yearly=yearly * closing * touched.sum() / level.sum())
    homes = np.concatenate(
        (
            drawn_places(rng, usual, level, neighborhood, factors),
            drawn_places(rng, extra, touched, neighborhood, factors),
        )
    )
    canary = np.flatnonzero(town.homes["canary"].is_not_null().to_numpy())
    last = int(days[-1])
    known = last - min(CANARY_DAYS_BACK, len(days) // 2) + 9 * np.arange(len(canary))
    order = np.argsort(np.concatenate((usual, extra, known)), kind="stable")
    return np.concatenate((usual, extra, known))[order], np.concatenate((homes, canary))[order]


def _after_closing(days: Floats) -> Floats:
    """Savings last some weeks: the effect rises for two months, then fades."""
    since = (days - days[PLANT_CLOSING.on(days)][0]) / 60 if PLANT_CLOSING.on(days).any() else np.zeros_like(days)
    return np.asarray(np.clip(since, 0, 1) * np.exp(-np.clip(since - 1, 0, None) / 4))
