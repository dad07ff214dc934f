"""311 requests of the demo city: a wide CSV with US dates and a description full of names and telephone numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from etl.demo.addresses import Town
from etl.demo.calendar import (
    AS_OF_MOMENT,
    HEAT_WAVE,
    Span,
    drawn_days,
    growth,
    moments,
    office_seconds,
    season,
    weekday_pattern,
)
from etl.demo.defects import DEFECT, doubled, marked, scaled
from etl.demo.draw import drawn_places, year_factors
from etl.demo.people import with_people
from etl.demo.plane import FULL_SIZE, Ints, stream
from etl.demo.request_feed import MISPLACED, as_sent, defective
from etl.demo.request_types import TYPES, RequestType

YEARLY = 46_000
NEARBY = 12.0  # meters from the address to the thing that is wrong on the street
DEFECTS = {
    "duplicate": 420,
    "null_island": 160,
    "swapped": 130,
    "default_point": 610,
    "future_date": 45,
    "closed_before_created": 95,
    "blank_id": 20,
    "blank_created": 20,
    "blank_category": 25,
}
REJECTED = ("future_date", "closed_before_created", "blank_id", "blank_created", "blank_category")
JUNK = ("Total Records: {rows}", "Report Run: 11/15/2026 05:00:00 AM", "Confidential - contains caller information")
CANARY_TYPES = ("Housing Code - Interior", "Illegal Dumping")
NAMED_TYPE = "Call back Zebediah Quackenbush"  # a code no city would map, with a name in it


@dataclass(frozen=True, slots=True)
class Requests:
    """The feed as text, by the year of its file, without and with defects counted."""

    by_year: dict[int, pl.DataFrame]
    junk: tuple[str, ...]
    truth: dict[str, Any]


def draw_requests(seed: int, town: Town, span: Span) -> Requests:
    """All requests of the span, and of the unfinished month after it."""
    rng = stream(seed, "requests")
    events = _events(rng, town, span)
    placed = _placed(rng, _timed(rng, events), town)
    eligible = (pl.col("where") == "place") & (pl.col("mode") == "coordinates") & pl.col("closed").is_not_null()
    eligible &= pl.col("canary").is_null() & pl.col("group").is_not_null()
    whole = marked(placed, scaled(DEFECTS, town.homes.height), eligible, rng).sort(
        "created", "type", maintain_order=True
    )
    told = with_people(whole.with_columns(number=pl.int_range(1, pl.len() + 1)), whole["canary"], rng)
    feed = doubled(as_sent(rng, told.with_columns(defective(rng, told.height)))).drop(DEFECT)
    years = {int(year): part.drop("year") for (year,), part in sorted(feed.group_by("year", maintain_order=True))}
    return Requests(years, JUNK, _truth(told, years))


def _events(rng: np.random.Generator, town: Town, span: Span) -> pl.DataFrame:
    """One row per request: type, where, group, day, address, home (null for a place), canary."""
    factors = year_factors(rng, len(town.geography.neighborhood.ids))
    scale = YEARLY * town.homes.height / FULL_SIZE
    parts = [_of_type(rng, town, span, kind, scale * kind.share, factors) for kind in TYPES]
    return pl.concat([*parts, _canaries(town, span)])


def _of_type(
    rng: np.random.Generator, town: Town, span: Span, kind: RequestType, yearly: float, factors: np.ndarray
) -> pl.DataFrame:
    days = span.days(partial=True)
    weight = season(days, peak=kind.peak, strength=kind.swing) * growth(days, yearly=0.03)
    weight = weight * weekday_pattern(days, saturday=0.45, sunday=0.38) * 7 / 5.9
    drawn = drawn_days(rng, days, np.where(HEAT_WAVE.on(days), kind.heat, 1.0) * weight, yearly=yearly)
    if kind.where == "place":
        stress = town.addresses["stress"].to_numpy()
        traffic = 1.0 + 0.15 * np.minimum(town.addresses["units"].to_numpy(), 12)
        place = drawn_places(
            rng, drawn, traffic * stress**kind.strain, town.addresses["neighborhood"].to_numpy(), factors
        )
        return _frame(kind, drawn, place, None, town)
    stress, renter = town.homes["stress"].to_numpy(), town.homes["renter"].to_numpy()
    neighborhood = town.addresses["neighborhood"].to_numpy()[town.homes["address"].to_numpy()]
    repeat = rng.gamma(0.8, 1.25, town.homes.height)  # some homes call again and again
    home = drawn_places(rng, drawn, repeat * np.where(renter, 1.5, 1.0) * stress**kind.strain, neighborhood, factors)
    return _frame(kind, drawn, town.homes["address"].to_numpy()[home], home, town)


def _frame(kind: RequestType, days: Ints, address: Ints, home: Ints | None, town: Town) -> pl.DataFrame:
    homes = pl.Series(home) if home is not None else pl.Series([None] * len(days), dtype=pl.Int64)
    return pl.DataFrame({"day": days, "address": address}).select(
        type=pl.lit(kind.name),
        group=pl.lit(kind.group, dtype=pl.String),
        where=pl.lit(kind.where),
        department=pl.lit(kind.department),
        median=pl.lit(kind.median),
        promised_days=pl.lit(kind.promised, dtype=pl.Float64),
        day=pl.col("day"),
        address=pl.col("address"),
        home=homes.cast(pl.Int64),
        canary=town.homes["canary"].gather(homes) if home is not None else pl.lit(None, dtype=pl.Int64),
    )


def _canaries(town: Town, span: Span) -> pl.DataFrame:
    """Two requests by each canary home, and one that the center filed under a caller's name."""
    homes = town.homes.with_row_index("home").filter(pl.col("canary").is_not_null())
    home, address = (homes[name].cast(pl.Int64).to_numpy() for name in ("home", "address"))
    days = span.days(partial=False)
    spread = days[np.linspace(10, len(days) - 40, len(home)).astype(np.int64)].astype(np.int64)
    kinds = {kind.name: kind for kind in TYPES}
    parts = [_frame(kinds[name], spread + n, address, home, town) for n, name in enumerate(CANARY_TYPES)]
    odd = RequestType(NAMED_TYPE, None, 0.0, "Public Works", 3.0)
    return pl.concat([*parts, _frame(odd, spread[:1], address[:1], home[:1], town)])


def _timed(rng: np.random.Generator, events: pl.DataFrame) -> pl.DataFrame:
    """With created, promised and closed: local times; closed is null while the request is open."""
    count = events.height
    created = moments(events["day"].to_numpy(), office_seconds(rng, count))
    took = pl.Series(np.maximum(events["median"].to_numpy() * rng.lognormal(0, 0.85, count), 0.01))
    stuck = pl.Series(rng.random(count) < 0.02)
    ended = pl.Series(created + (took * 86_400_000_000).cast(pl.Duration("us")))
    night = (ended.dt.hour() < 6).cast(pl.Int64) * 5  # crews close in the morning; no clock change is in the way
    closed = ended + (night * 3_600_000_000).cast(pl.Duration("us"))
    done = ~stuck & (closed < AS_OF_MOMENT)
    promised = created + (pl.col("promised_days") * 86_400_000_000).cast(pl.Duration("us"))
    return events.with_columns(created=created, promised=promised, closed=pl.when(done).then(closed.dt.truncate("1s")))


def _placed(rng: np.random.Generator, events: pl.DataFrame, town: Town) -> pl.DataFrame:
    """With mode (what the feed says of the place), lat and lng (6 decimals), and the areas these lie in."""
    at = town.at(events["address"].to_numpy())
    place = (events["where"] == "place").to_numpy()
    scale = town.geography.scale
    offset = rng.uniform(-1, 1, (events.height, 2)) * scale.drawn(NEARBY) * place[:, None]
    degrees = np.round(scale.to_degrees(scale.from_degrees(at["lat"].to_numpy(), at["lng"].to_numpy()) + offset), 6)
    block = town.geography.block_at(scale.from_degrees(degrees[:, 1], degrees[:, 0]))
    luck = rng.random(events.height)
    steps = np.where(place[:, None], (0.92, 0.97, 0.99), (0.90, 0.985, 0.995))
    mode = pl.Series(np.array(("coordinates", "address", "area", "none"))[(luck[:, None] >= steps).sum(axis=1)])
    mode = pl.select(pl.when(events["canary"].is_not_null()).then(pl.lit("coordinates")).otherwise(mode)).to_series()
    areas = {layer.kind: pl.Series(layer.ids).gather(layer.of_block[block]) for layer in town.geography.layers}
    return events.with_columns(
        at.select("full", zip_code="zip"),
        apartment=town.homes["apartment"].gather(events["home"]),
        mode=mode,
        lat=degrees[:, 1],
        lng=degrees[:, 0],
        **areas,
    )


def _truth(told: pl.DataFrame, years: dict[int, pl.DataFrame]) -> dict[str, Any]:
    """What tests may expect of this feed; `told` is one row per request, before rows were doubled."""
    defects = dict(told.drop_nulls(DEFECT).group_by(DEFECT).len().sort(DEFECT).iter_rows())
    rejected = pl.col(DEFECT).is_in(REJECTED).fill_null(value=False)
    kept = told.filter(~rejected & (pl.col("where") != "sensitive"))
    places = kept.filter(pl.col("where") == "place", pl.col("group").is_not_null())
    mode = pl.when(pl.col(DEFECT).is_in(MISPLACED)).then(DEFECT).otherwise("mode").alias("mode")
    month = pl.col("created").dt.strftime("%Y-%m").alias("month")
    return {
        "rows": sum(part.height for part in years.values()),
        "junk_rows": len(JUNK) * len(years),
        "defects": defects,
        "sensitive": told.filter(~rejected & (pl.col("where") == "sensitive")).height,
        "unmapped": told.filter(pl.col("group").is_null()).height,
        "records": kept.height,
        "located": dict(kept.group_by(mode).len().sort("mode").iter_rows()),
        "places_by_group": dict(places.group_by("group").len().sort("group").iter_rows()),
        "places_by_month": dict(places.group_by(month).len().sort("month").iter_rows()),
    }
