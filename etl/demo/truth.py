"""What was planted in the demo city, for tests. Private: it lists what must never be found in public."""

from typing import Any

import polars as pl

from etl.demo.addresses import Town
from etl.demo.calendar import AS_OF, HEAT_WAVE, MORATORIUM, PLANT_CLOSING, Span
from etl.demo.names import CANARY_ACCOUNTS, CANARY_PEOPLE, CANARY_PHONES, CANARY_STREET

BLANK = ("blank_id", "blank_created", "blank_category", "blank_filed", "blank_scheduled")


def canaries() -> dict[str, list[str]]:
    """Strings that are in the feeds and may be in no public byte, log, page or error, in whatever case."""
    parts = [(phone[:3], phone[3:6], phone[6:]) for phone in CANARY_PHONES]  # bare digits also occur by chance
    return {
        "names": [last for _, last in CANARY_PEOPLE],
        "phones": [form for part in parts for form in ("-".join(part), ".".join(part), "-".join(part[1:]))],
        "emails": [f"{first}.{last}@example.org".lower() for first, last in CANARY_PEOPLE],
        "accounts": list(CANARY_ACCOUNTS),
        # a house of that street; the street alone stands in the public address file
        "addresses": [f"{digit} {CANARY_STREET}" for digit in range(10)],
    }


def expected_rejects(part: dict[str, Any]) -> dict[str, int]:
    """How many rows validate must reject, by reason."""
    defects: dict[str, int] = part["defects"]
    reasons = {
        "junk_row": part["junk_rows"],
        "blank_required": sum(defects.get(name, 0) for name in BLANK),
        "future_date": defects.get("future_date", 0),
        "closed_before_created": defects.get("closed_before_created", 0),
        "sensitive_type": part.get("sensitive", 0),
        "duplicate": defects.get("duplicate", 0),
    }
    return {reason: count for reason, count in reasons.items() if count}


def town_truth(town: Town) -> dict[str, Any]:
    """Homes in all, by district and by neighborhood, as the boundaries place the address points."""
    geography = town.geography
    parts = {}
    for layer in (geography.district, geography.neighborhood):
        counts = town.addresses.group_by(layer.kind).agg(pl.col("units").sum()).sort(layer.kind)
        parts[f"homes_by_{layer.kind}"] = {layer.ids[n]: homes for n, homes in counts.iter_rows()}
    return {
        "addresses": town.addresses.height,
        "homes": town.homes.height,
        "renter_units": int(town.addresses["renter_units"].sum()),
        "accounts": int(town.addresses["accounts"].sum()),
        "areas": {layer.kind: len(layer.ids) for layer in (*geography.layers, geography.district_before)},
        **parts,
    }


def calendar_truth(span: Span) -> dict[str, Any]:
    """The days that the city covers, and the planted events."""
    events = (HEAT_WAVE, MORATORIUM, PLANT_CLOSING)
    return {
        "as_of": str(AS_OF),
        "first": str(span.first),
        "last_whole": str(span.last_whole),
        "last": str(span.last),
        "events": [{"title": e.title, "from": str(e.first), "to": str(e.last)} for e in events],
    }
