"""Made-up located requests, and a plan that counts them."""

from datetime import date, datetime

import polars as pl

from etl.exact.plan import Plan
from layers.grid import cell_number, cell_text
from layers.topics import topic

CELL7, CELL8, CELL9 = (cell_number(text) for text in ("872649000ffffff", "8826490001fffff", "89264900003ffff"))
TOPIC = topic("service_requests")
CATEGORIES = ("potholes", "trees")
AGENCIES = {"agency_works": CATEGORIES, "agency_nobody": ("graffiti",)}


def plan(
    categories: tuple[str, ...] = CATEGORIES, as_of: date = date(2026, 3, 10), covers_from: date = date(2026, 1, 1)
) -> Plan:
    return Plan(
        topic="service_requests",
        measures=TOPIC.measures,
        categories=categories,
        units={
            "h3_7": (cell_text(CELL7),),
            "h3_8": (cell_text(CELL8),),
            "h3_9": (cell_text(CELL9),),
            "district": ("1", "2"),
            "city": ("city",),
        },
        covers_from=covers_from,
        covers_to=as_of,
        as_of=as_of,
        agencies=AGENCIES,
    )


def event(
    created: datetime, category: str = "potholes", district: str | None = "1", **more: object
) -> dict[str, object]:
    placed = district is not None
    return {
        "created": created, "closed": None, "promised": None, "status": "open", "category": category,
        "area_district": district, "h3_7": CELL7 if placed else None, "h3_8": CELL8 if placed else None,
        "h3_9": CELL9 if placed else None, **more,
    }  # fmt: skip


def frame(*events: dict[str, object]) -> pl.DataFrame:
    kinds = {name: pl.Datetime("us") for name in ("created", "closed", "promised")}
    cells = {f"h3_{r}": pl.UInt64 for r in (7, 8, 9)}
    texts = {"area_district": pl.String, "status": pl.String}
    return pl.DataFrame(list(events), schema_overrides={**kinds, **cells, **texts})
