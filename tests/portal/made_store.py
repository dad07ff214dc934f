"""A small store made by hand, with every topic, every status and every kind of place; published as any release is.

The city is a square of `size` × `size` neighborhoods in `size` districts (its columns). Figures follow a plain rule
(`level`), so that tests can say what they must be; nothing here is random.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from layers import grid
from layers.keyset import KeyBlock, key_rows
from layers.measures import Kind, Measure, rate_name, rate_of
from layers.period import Grain, closes_on, next_period, period_end, period_range
from layers.release import Certify, Closing, GeoFile, ReleaseDraft, StoreStatus, TopicStatus
from layers.store.publisher import publish, write_status
from layers.topics import topic as topic_named

AS_OF = date(2026, 11, 15)
FIRST = date(2023, 11, 1)
BUILT = datetime(2026, 11, 15, 6, 10, tzinfo=UTC)
LAT, LNG, STEP = 35.90, -84.00, 0.03
HOMES = 400
FLOOR = {"evictions": 5, "shutoffs": 11, "service_requests": 5}
CLOSING_DAYS = {Grain.MONTH: 30, Grain.QUARTER: 45, Grain.YEAR: 90}
_PROTECTED = {"evictions": ("homes_filed", "homes_disposed"), "shutoffs": ("homes_scheduled",)}


def make_store(folder: Path, *, size: int = 3, certifier: Callable[[ReleaseDraft], Certify] | None = None) -> Path:
    """Publish the five topics into `folder` and return it. With a certifier, protected ones also get their zones."""
    place = _Places(size)
    for draft in (_requests(place), _protected(place, "evictions"), _protected(place, "shutoffs"), *_stocks(place)):
        if certifier is not None:
            zones = place.partition() if draft.manifest["protection"] else None
            publish(replace(draft, zones=zones, certify=certifier(draft)), folder, built_at=BUILT)
        else:
            publish(draft, folder, built_at=BUILT)
    topics = tuple(
        TopicStatus(
            topic=name, title=topic_named(name).title, release=None, as_of=AS_OF, last_run=BUILT, last_success=BUILT,
            next_due=BUILT, late=name == "shutoffs", held=False, reason="",
        )
        for name in ("service_requests", "evictions", "shutoffs", "housing_supply", "households")
    )  # fmt: skip
    write_status(folder, StoreStatus(written_at=BUILT, clock=AS_OF, topics=topics))
    return folder


def level(place: int, period: int, share: float = 1.0) -> float:
    """The plain rule: place number `place` in the period number `period` (0 is the first)."""
    season = (0, 1, 2, 4, 6, 8, 8, 6, 4, 3, 1, 0)[period % 12]
    return float(round((place * 7 % 23 + season + period // 12) * share))


class _Places:
    """Units of every geography with their order, names and shapes."""

    def __init__(self, size: int) -> None:
        self.size = size
        side = STEP * size
        ring = [[LNG, LAT], [LNG + side, LAT], [LNG + side, LAT + side], [LNG, LAT + side], [LNG, LAT]]
        square = {"type": "Polygon", "coordinates": [ring]}
        self.cells = {f"h3_{r}": sorted(map(grid.cell_text, grid.cells_touching(square, r))) for r in (7, 8, 9)}
        self.neighborhoods = [f"n{row}{column}" for row in range(size) for column in range(size)]
        self.districts = [str(column + 1) for column in range(size)]
        self.zones = [f"z{cell}" for cell in self.cells["h3_8"]]

    def units(self, geography: str) -> Sequence[str]:
        named = {
            "district": self.districts,
            "neighborhood": self.neighborhoods,
            "zip": ["37901", "37902"],
            "tract": ["47093000100", "47093000200"],
            "zone1": self.zones,
            "zone2": self.zones[::2],
            "city": ["city"],
        }
        return named.get(geography) or self.cells[geography]

    def partition(self) -> pl.DataFrame:
        """Every zone is one cell; two of them make a large zone; they fill the neighborhoods in turn."""
        count = len(self.zones)
        hoods = [self.neighborhoods[at % len(self.neighborhoods)] for at in range(count)]
        return pl.DataFrame(
            {
                "cell": [zone.removeprefix("z") for zone in self.zones],
                "zone1": self.zones,
                "zone2": [self.zones[at - at % 2] for at in range(count)],
                "neighborhood": hoods,
                "district": [str(int(hood[2]) + 1) for hood in hoods],
                "homes": [150] * count,
            }
        )

    def homes(self, geography: str) -> int:
        return {"district": HOMES * self.size, "neighborhood": HOMES, "city": HOMES * self.size**2}.get(geography, 150)

    def box(self, geography: str, unit: str) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        if geography == "neighborhood":
            row, column = int(unit[1]), int(unit[2])
            west, south = LNG + column * STEP, LAT + row * STEP
            return west, south, west + STEP, south + STEP
        whole = STEP * self.size
        count = {"district": self.size, "zip": 2, "tract": 2}.get(geography, 1)
        west = LNG + list(self.units(geography)).index(unit) * whole / count
        return west, LAT, west + whole / count, LAT + whole

    def info(self, geography: str, grains: Iterable[Grain], why_not: str | None = None) -> dict[str, Any]:
        title, plural = _TITLES.get(geography, (geography, geography))
        units = () if geography.startswith("h3") or why_not else self.units(geography)
        return {
            "name": geography,
            "title": title,
            "plural": plural,
            "vintage": "2023-made00",
            "valid_from": date(2023, 1, 1),
            "source": "City GIS",
            "grains": tuple(grains),
            "shapes": geography != "city",
            "units": [self._unit(geography, unit) for unit in units],
            "why_not": why_not,
        }  # fmt: skip

    def _unit(self, geography: str, unit: str) -> dict[str, Any]:
        if geography.startswith("zone"):
            lat, lng = grid.center(grid.cell_number(unit[1:]))
            return {"id": unit, "name": f"Zone {self.zones.index(unit) + 1}", "lat": lat, "lng": lng, "homes": 150}
        west, south, east, north = self.box(geography, unit)
        within = [str(int(unit[2]) + 1)] if geography == "neighborhood" else []
        names = {"district": f"District {unit}", "neighborhood": f"Neighborhood {unit[1:]}", "city": "Madeville"}
        return {
            "id": unit, "name": names.get(geography, unit), "lat": (south + north) / 2, "lng": (west + east) / 2,
            "bbox": (west, south, east, north), "homes": self.homes(geography), "within": within,
        }  # fmt: skip

    def shapes(self, geographies: Iterable[str]) -> tuple[GeoFile, ...]:
        return tuple(GeoFile(g, "2023-made00", self._collection(g)) for g in geographies)

    def _collection(self, geography: str) -> dict[str, Any]:
        features = [self._feature(geography, unit) for unit in self.units(geography)]
        return {"type": "FeatureCollection", "features": features}

    def _feature(self, geography: str, unit: str) -> dict[str, Any]:
        if geography.startswith(("h3", "zone")):
            cells = [unit.removeprefix("z")]
            if geography == "zone2":
                at = self.zones.index(unit)
                cells = [z.removeprefix("z") for z in self.zones[at : at + 2]]
            shape = grid.outline([grid.cell_number(cell) for cell in cells])
        else:
            west, south, east, north = self.box(geography, unit)
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "id": unit, "properties": {"id": unit, "name": unit}, "geometry": shape}


_TITLES = {
    "district": ("Council district", "Council districts"),
    "neighborhood": ("Neighborhood", "Neighborhoods"),
    "zip": ("ZIP code", "ZIP codes"),
    "tract": ("Census tract", "Census tracts"),
    "zone1": ("Zone of 100 homes", "Zones of 100 homes"),
    "zone2": ("Zone of 500 homes", "Zones of 500 homes"),
    "h3_7": ("Large hexagon", "Large hexagons"),
    "h3_8": ("Hexagon", "Hexagons"),
    "h3_9": ("Small hexagon", "Small hexagons"),
    "city": ("City", "City"),
}
_EXACT = ("city", "district", "neighborhood", "zip", "tract", "h3_7", "h3_8", "h3_9")


def _requests(place: _Places) -> ReleaseDraft:
    declared = topic_named("service_requests")
    groups = [g.key for g in declared.groups if g.kind != "sensitive"]
    places = [g.key for g in declared.groups if g.kind == "place"]
    exact, home = [m for m in declared.measures if m.regime == "exact"], declared.measure("homes")
    assert home is not None
    frames = []
    for measure in exact:
        kept = _EXACT if measure.name == "requests" else _EXACT[:5]
        for geography in kept:
            for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
                if geography.startswith("h3") and grain is Grain.QUARTER:
                    continue
                frames.append(_exact(place, measure, geography, grain, ("all", *places)))
    frames += [_rates(place, frame, "requests", Kind.RATE) for frame in frames if frame["measure"][0] == "requests"]
    frames += _measured(place, "service_requests", home, [k for k in groups if k not in places])
    return _draft(place, "service_requests", frames, (*_EXACT, "zone1", "zone2"))


def _protected(place: _Places, name: str) -> ReleaseDraft:
    declared = topic_named(name)
    frames: list[pl.DataFrame] = []
    for wanted in _PROTECTED[name]:
        measure = declared.measure(wanted)
        assert measure is not None
        frames += _measured(place, name, measure, [g.key for g in declared.groups])
    return _draft(place, name, frames, ("city", "district", "neighborhood", "zone1", "zone2"))


def _stocks(place: _Places) -> Iterable[ReleaseDraft]:
    for name in ("housing_supply", "households"):
        declared = topic_named(name)
        groups = ["all", *(g.key for g in declared.groups)]
        frames = [_exact(place, m, g, Grain.YEAR, groups, share=0.3) for m in declared.measures for g in _EXACT]
        if name == "housing_supply":
            frames += [_rates(place, frame, "units", Kind.RATE) for frame in frames if frame["measure"][0] == "units"]
        yield _draft(place, name, frames, _EXACT)


def _exact(
    place: _Places, measure: Measure, geography: str, grain: Grain, categories: Sequence[str], *, share: float = 1.0
) -> pl.DataFrame:
    """Exact figures: sums of the levels of the neighborhoods would do; each unit has its own level."""
    rows = _numbered(place, measure, geography, grain, categories)
    scale = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[grain] * share
    if measure.kind is Kind.SHARE:
        value = (pl.col("place") % 5 + 5) / 10
    else:
        big = {"city": 40, "district": 12, "neighborhood": 4}.get(geography, 1)
        value = (_level() * scale * big / (pl.col("group") + 1)).round()
    status = pl.when(pl.col("place") == 2, measure.kind is Kind.SHARE).then(pl.lit("not_collected"))
    return _finished(
        rows.with_columns(value=value).with_columns(
            status=status.when(pl.col("value") == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
        )
    )


def _measured(place: _Places, name: str, measure: Measure, groups: Sequence[str]) -> list[pl.DataFrame]:
    """Figures with a margin of 3; hidden below the floor, not reported before closing."""
    tables = {
        "zone1": (Grain.YEAR,),
        "zone2": (Grain.QUARTER, Grain.YEAR),
        "neighborhood": (Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        "district": (Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        "city": (Grain.MONTH, Grain.QUARTER, Grain.YEAR),
    }
    frames = []
    for geography, grains in tables.items():
        for grain in grains:
            categories = ("all", *groups) if geography in ("district", "city") else ("all",)
            rows = _numbered(place, measure, geography, grain, categories)
            frame = _hidden(rows, grain, FLOOR[name], big=10 if geography in ("district", "city") else 1)
            frames += [frame, _rates(place, frame, measure.name, Kind.RATE)]
    return frames


def _hidden(rows: pl.DataFrame, grain: Grain, floor: int, *, big: int) -> pl.DataFrame:
    scale = {Grain.MONTH: 1, Grain.QUARTER: 2, Grain.YEAR: 5}[grain] * big
    true = (_level() * scale / (pl.col("group") + 1)).round()
    closed = [p for p in rows["period"].unique() if closes_on(p, grain, CLOSING_DAYS[grain]) <= AS_OF]
    told = pl.col("period").is_in(closed)
    shown, hidden = pl.col("status") == "value", pl.col("status") == "hidden"
    return _finished(
        rows.with_columns(true=true)
        .with_columns(
            status=(
                pl.when(~told)
                .then(pl.lit("not_reported"))
                .when(pl.col("true") < floor)
                .then(pl.lit("hidden"))
                .otherwise(pl.lit("value"))
            ),
        )
        .with_columns(
            value=pl.when(shown).then(pl.col("true")),
            low=(
                pl.when(shown).then(pl.max_horizontal(pl.col("true") - 3, pl.lit(0.0))).when(hidden).then(0.0)
            ),
            high=pl.when(shown).then(pl.col("true") + 3).when(hidden).then(float(floor + 2)),
            flag=(
                pl.when(shown & (pl.col("true") < floor + 2))
                .then(pl.lit("unrankable"))
                .when(shown & (pl.col("true") < floor + 4))
                .then(pl.lit("caution"))
            ),
        )
    )  # fmt: skip


def _numbered(
    place: _Places, measure: Measure, geography: str, grain: Grain, categories: Sequence[str]
) -> pl.DataFrame:
    """The key set with running numbers `place`, `time`, `group`."""
    units, periods = list(place.units(geography)), period_range(FIRST, AS_OF, grain)
    keys = key_rows(KeyBlock(measure.name, measure.kind, geography, grain, units, periods, categories))
    return keys.with_columns(
        place=pl.col("unit").replace_strict({u: n for n, u in enumerate(units)}, return_dtype=pl.Int64),
        time=pl.col("period").replace_strict({p: n for n, p in enumerate(periods)}, return_dtype=pl.Int64),
        group=pl.col("category").replace_strict({c: n for n, c in enumerate(categories)}, return_dtype=pl.Int64),
    )


def _level() -> pl.Expr:
    season = pl.lit(pl.Series([0, 1, 2, 4, 6, 8, 8, 6, 4, 3, 1, 0])).gather(pl.col("time") % 12)
    return pl.col("place") * 7 % 23 + season + pl.col("time") // 12


def _rates(place: _Places, counts: pl.DataFrame, measure: str, kind: Kind) -> pl.DataFrame:
    """Rates per 1,000 homes of the counts, where there is one."""
    homes = place.homes(counts["geography"][0])
    return counts.with_columns(
        pl.lit(rate_name(measure)).alias("measure"),
        pl.lit(kind.value).alias("kind"),
        *((pl.col(name) * 1000 / homes).round(1).alias(name) for name in ("value", "low", "high")),
    )


def _finished(rows: pl.DataFrame) -> pl.DataFrame:
    for name, kind in (("value", pl.Float64), ("low", pl.Float64), ("high", pl.Float64), ("flag", pl.String)):
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, kind).alias(name))
    return rows.with_columns(value=pl.when(pl.col("status").is_in(["value", "zero"])).then(pl.col("value"))).select(
        "measure", "category", "geography", "unit", "grain", "kind", "period", "status",
        pl.col("value", "low", "high").cast(pl.Float64), pl.col("flag").cast(pl.String),
    )  # fmt: skip


def _draft(place: _Places, name: str, frames: list[pl.DataFrame], geographies: Sequence[str]) -> ReleaseDraft:
    declared = topic_named(name)
    counts = pl.concat(frames).with_columns(topic=pl.lit(name))
    grains = {g: counts.filter(geography=g)["grain"].unique().to_list() for g in geographies}
    infos = [place.info(g, sorted(map(Grain, grains[g]))) for g in geographies]
    if declared.protected:
        why = "Court and utility figures are protected: ZIP codes and tracts would cut across the zones."
        infos += [place.info(g, (), why) for g in ("zip", "tract", "h3_9")]
    groups = [g for g in declared.groups if g.kind != "sensitive"]
    manifest = {
        "topic": name, "title": declared.title, "summary": declared.summary, "is_not": declared.is_not,
        "caveats": declared.caveats, "protected": declared.protected, "city": _city(place), "as_of": AS_OF,
        "covers_from": FIRST, "covers_to": AS_OF, "license": "CC-BY-4.0", "code_version": "test",
        "sources": [_source(name)], "geographies": infos, "measures": _measures(name, counts),
        "groups": [{"key": g.key, "title": g.title, "kind": str(g.kind)} for g in groups],
        "closings": [_closing(g) for g in CLOSING_DAYS] if declared.protected else [],
        "protection": _protection(name) if declared.protected else None,
        "denominators": ["Homes: residential units of the city's address file, 2026."],
    }  # fmt: skip
    shapes = [g for g in geographies if g != "city"]
    return ReleaseDraft(name, manifest, counts, geo=place.shapes(shapes))


def _measures(name: str, counts: pl.DataFrame) -> list[dict[str, Any]]:
    declared = list(topic_named(name).measures)
    known = {m.name: m for m in [*declared, *(rate_of(m, "homes") for m in declared if m.denominator)]}
    found = []
    for measure in (m for key, m in known.items() if key in set(counts["measure"].unique())):
        rows = counts.filter(measure=measure.name)
        categories = sorted(rows["category"].unique().to_list(), key=lambda c: (c != "all", c))
        found.append(
            {
                "name": measure.name, "title": measure.title, "unit": measure.unit, "kind": measure.kind,
                "regime": measure.regime, "help": measure.help, "decimals": measure.decimals,
                "extensive": measure.extensive, "denominator": measure.denominator,
                "floor": FLOOR[name] if measure.regime == "measured" else None,
                "geographies": tuple(g for g in (*_EXACT, "zone1", "zone2") if g in set(rows["geography"].unique())),
                "grains": tuple(g for g in Grain if g in set(rows["grain"].unique())), "categories": tuple(categories),
            }
        )  # fmt: skip
    return found


def _city(place: _Places) -> dict[str, Any]:
    whole = STEP * place.size
    return {
        "id": "madeville", "name": "Madeville", "time_zone": "America/New_York", "lat": LAT + whole / 2,
        "lng": LNG + whole / 2, "zoom": 10.5, "bounds": (LAT, LNG, LAT + whole, LNG + whole), "frozen_clock": AS_OF,
        "contacts": [
            {"title": "211 East", "phone": "211", "text": "Food, rent and utility help", "email": "211@east.example"}
        ],
        "events": [
            {"title": "Heat wave", "start": date(2024, 7, 10), "end": date(2024, 7, 20),
             "topics": ["service_requests"]},
            {"title": "Moratorium", "start": date(2025, 1, 1), "end": date(2025, 3, 31),
             "text": "No filings were taken."},
        ],
    }  # fmt: skip


def _source(name: str) -> dict[str, Any]:
    return {
        "id": name, "title": f"Records of {name}", "publisher": "City of Madeville", "license": "CC-BY-4.0",
        "cadence": "daily", "covers_from": FIRST, "covers_to": AS_OF, "snapshot": "0" * 16,
    }  # fmt: skip


def _closing(grain: Grain) -> dict[str, Any]:
    starts = period_range(FIRST, AS_OF, grain)
    closed = [p for p in starts if closes_on(p, grain, CLOSING_DAYS[grain]) <= AS_OF]
    upcoming = next_period(closed[-1], grain)
    return Closing(
        grain=grain,
        last_closed=closed[-1],
        next_period=upcoming,
        next_on=closes_on(upcoming, grain, CLOSING_DAYS[grain]),
    ).model_dump()


def _protection(name: str) -> dict[str, Any]:
    return {
        "tier": "public", "rho": 1.0, "epsilon": 7.8, "delta": 1e-6, "floor": FLOOR[name], "month_cap": 4,
        "zone1_homes": 100, "zone2_homes": 500, "zones_version": "2026-made", "zones_sha256": "0" * 64,
        "homes_exactly_assigned": 0.97,
    }  # fmt: skip


LAST_DAY = period_end(AS_OF, Grain.MONTH)
