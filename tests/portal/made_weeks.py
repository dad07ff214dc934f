"""A store that was published three times: a period is added, and one that was told before is corrected."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from layers.store.publisher import publish
from tests.portal.made_places import Places
from tests.portal.made_store import requests_draft

LAST, EARLIER = date(2026, 10, 1), date(2026, 9, 1)
THERE = (pl.col("measure") == "requests") & (pl.col("category") == "all") & (pl.col("geography") == "district")
MONTHLY = pl.col("grain") == "month"


def make_weeks(folder: Path) -> Path:
    """
    | release    | October | September, district 1 |
    |------------|---------|-----------------------|
    | 1 November | –       | n                     |
    | 2 November | –       | n                     |
    | 8 November | told    | n + 7                 |
    """
    whole = requests_draft(Places(2))
    before = whole.counts.filter(pl.col("period") < LAST)
    raised = pl.when(THERE & MONTHLY & (pl.col("period") == EARLIER) & (pl.col("unit") == "1")).then(
        pl.col("value") + 7
    )
    after = whole.counts.with_columns(value=raised.otherwise("value"))
    for day, counts in ((date(2026, 11, 1), before), (date(2026, 11, 2), before), (date(2026, 11, 8), after)):
        manifest = {**whole.manifest, "as_of": day, "covers_to": day}
        draft = replace(whole, manifest=manifest, counts=counts)
        publish(draft, folder, built_at=datetime(day.year, day.month, day.day, 6, tzinfo=UTC))
    return folder
