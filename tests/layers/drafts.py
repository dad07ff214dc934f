"""A small release to publish in tests: two districts, one measure, three months."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from layers.release import GeoFile, ReleaseDraft

MONTHS = (date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1))


def counts(figures: dict[str, tuple[int, int, int]], *, topic: str = "service_requests") -> pl.DataFrame:
    """Rows of `requests` by month for each district of `figures`, and the city as their sum."""
    units = [("district", unit, values) for unit, values in figures.items()]
    city = ("city", "city", tuple(sum(values) for values in zip(*figures.values(), strict=True)))
    rows = [
        {
            "topic": topic, "measure": "requests", "category": "all", "geography": geography, "unit": unit,
            "grain": "month", "kind": "count", "period": month, "status": "value" if value else "zero",
            "value": float(value), "low": None, "high": None, "flag": None,
        }
        for geography, unit, values in [*units, city]
        for month, value in zip(MONTHS, values, strict=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64, "flag": pl.String})


def shapes() -> GeoFile:
    square = [[-84.0, 36.0], [-83.9, 36.0], [-83.9, 36.1], [-84.0, 36.1], [-84.0, 36.0]]
    features = [
        {
            "type": "Feature",
            "id": unit,
            "properties": {"id": unit, "name": f"District {unit}"},
            "geometry": {"type": "Polygon", "coordinates": [square]},
        }
        for unit in ("1", "2")
    ]
    return GeoFile("district", "2023-abc123", {"type": "FeatureCollection", "features": features})


def manifest(**changes: Any) -> dict[str, Any]:
    """Every field of a manifest that the publisher does not add."""
    return {
        "topic": "service_requests",
        "title": "311 service requests",
        "summary": "What residents asked for.",
        "is_not": "It is not a survey.",
        "caveats": ("Reports, not conditions.",),
        "protected": False,
        "city": {
            "id": "testville", "name": "Testville", "time_zone": "America/New_York",
            "lat": 36.0, "lng": -83.9, "zoom": 10,
        },
        "as_of": "2026-10-01",
        "covers_from": "2026-07-01",
        "covers_to": "2026-09-30",
        "sources": [
            {
                "id": "requests", "title": "Requests", "publisher": "Testville 311", "license": "CC0-1.0",
                "cadence": "daily", "covers_from": "2026-07-01", "covers_to": "2026-09-30", "snapshot": "ab12",
            }
        ],
        "license": "CC0-1.0",
        "geographies": [],
        "measures": [],
        "groups": [],
        "rows": 0,
        "code_version": "0",
        **changes,
    }  # fmt: skip


def draft(figures: dict[str, tuple[int, int, int]] | None = None, **changes: Any) -> ReleaseDraft:
    """A draft of these figures (districts 1 and 2)."""
    figures = figures or {"1": (4, 0, 7), "2": (1, 2, 3)}
    said = {k: v for k, v in manifest(**changes).items() if k != "rows"}
    return ReleaseDraft("service_requests", said, counts(figures), geo=(shapes(),))


def squares(path: Path, spans: dict[str, tuple[float, float]]) -> Path:
    """A boundary file of rectangles from 36.0 to 36.1 north: id → west, east."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, 36.0], [e, 36.0], [e, 36.1], [w, 36.1], [w, 36.0]]],
            },
        }
        for name, (w, e) in spans.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path
