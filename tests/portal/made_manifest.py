"""What the made-up releases say of themselves, beside their figures."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from layers.measures import rate_of
from layers.period import Grain, closes_on, next_period, period_range
from layers.release import Closing, ReleaseDraft
from layers.topics import topic as topic_named
from layers.wording import in_sentence
from tests.portal.made_places import AS_OF, CLOSING_DAYS, EXACT, FIRST, FLOOR, LAT, LNG, STEP, TITLES, Places


def draft_of(place: Places, name: str, frames: list[pl.DataFrame], geographies: Sequence[str]) -> ReleaseDraft:
    declared = topic_named(name)
    counts = pl.concat(frames).with_columns(topic=pl.lit(name))
    grains = {g: counts.filter(geography=g)["grain"].unique().to_list() for g in geographies}
    infos = [place.info(g, sorted(map(Grain, grains[g]))) for g in geographies]
    if declared.protected:
        infos += [place.info(g, (), why_not(g)) for g in ("zip", "tract", "h3_9")]
    groups = [g for g in declared.groups if g.kind != "sensitive"]
    manifest = {
        "topic": name, "title": declared.title, "summary": declared.summary, "is_not": declared.is_not,
        "caveats": declared.caveats, "protected": declared.protected, "city": _city(place), "as_of": AS_OF,
        "covers_from": FIRST, "covers_to": AS_OF, "license": "CC-BY-4.0", "code_version": "test",
        "sources": [_source(name)], "geographies": infos, "measures": _measures(name, counts),
        "groups": [{"key": g.key, "title": g.title, "kind": str(g.kind), **_agency(name, g.key)} for g in groups],
        "agencies": AGENCIES if name == "service_requests" else [],
        "closings": [_closing(g) for g in CLOSING_DAYS] if declared.protected else [],
        "protection": _protection(name) if declared.protected else None,
        "denominators": ["Rates are per 1,000 homes: residential units of the public address file."],
    }  # fmt: skip
    shapes = [g for g in geographies if g != "city"]
    return ReleaseDraft(name, manifest, counts, geo=place.shapes(shapes))


AGENCIES: list[dict[str, Any]] = [
    {"id": "public_works", "title": "Public Works", "groups": ("potholes", "graffiti"), "phone": "865-555-0131",
     "text": "Streets and sidewalks"},
    {"id": "parks", "title": "Parks and Trees", "groups": ("trees",)},
    {"id": "codes", "title": "Neighborhood Codes", "groups": ()},
]  # fmt: skip
"""Who answers for what in Madeville. Neighborhood Codes answers for homes alone, and has no figures."""


def _agency(topic: str, group: str) -> dict[str, Any]:
    if topic != "service_requests":
        return {}
    if group == "housing_code":
        return {"agency": "codes"}
    found = next((each["id"] for each in AGENCIES if group in each["groups"]), None)
    return {"agency": found, "agency_share": 0.56 if found == "parks" else None}


def why_not(geography: str) -> str:
    """As the publishing program says it."""
    plural = TITLES[geography][1]
    return (
        f"{plural} are not offered: every figure about homes is a sum of zones that were fixed beforehand, and the "
        f"borders of {in_sentence(plural)} cut through zones. Figures for both could be subtracted from each other "
        "until a single home stands out."
    )


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
                "extensive": measure.extensive, "denominator": measure.denominator, "over": measure.over,
                "floor": FLOOR[name] if measure.regime == "measured" else None,
                "geographies": tuple(g for g in (*EXACT, "zone1", "zone2") if g in set(rows["geography"].unique())),
                "grains": tuple(g for g in Grain if g in set(rows["grain"].unique())), "categories": tuple(categories),
            }
        )  # fmt: skip
    return found


def _city(place: Places) -> dict[str, Any]:
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
        "targets": [
            {"topic": "service_requests", "measure": "days_to_close_median", "value": 25.5, "at": "most",
             "since": date(2025, 1, 1), "source": "Service plan 2025"},
            {"topic": "service_requests", "measure": "days_to_close_median", "category": "agency_public_works",
             "value": 5.0, "at": "most"},
            {"topic": "evictions", "measure": "homes_filed", "value": 60.0, "at": "most", "geography": "district",
             "grain": "month"},
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
