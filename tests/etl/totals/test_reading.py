"""A feed of totals through the whole run: averages as a phone system exports them, and what holds it.

date        answered   average talk   all together
2026-07-01       100           3:00       18,000 s
2026-07-02       300           1:00       18,000 s
2026-07-03       100           6:00       36,000 s     72,000 s over 500 calls are 144 s; the mean of means is 200 s
"""

from pathlib import Path

import polars as pl
import pytest

from layers.store.reader import Store
from tests.machinery.small_city import declare, etl, write_small_city

pytestmark = pytest.mark.slow


def test_averages_are_weighed_by_their_calls_and_a_missing_column_holds(tmp_path: Path) -> None:
    city, var = write_small_city(tmp_path / "city", center=True), tmp_path / "var"
    for name in ("center_messages", "center_staffing", "center_survey", "center_costs", "center_month"):
        (city / f"sources/{name}.toml").unlink()
    feed = city / "feeds/center/calls_by_day.csv"
    feed.write_text("DATE,ANSWERED,AVG\n07/01/2026,100,3:00\n07/02/2026,300,1:00\n07/03/2026,100,6:00\n")
    declare(city / "sources/center_calls.toml", _averages)
    done = etl("run", city, "contact_center", "--var", var, "--json")
    assert done.code == 0, done.said
    rows = Store(var / "public").release("contact_center").counts(grain="month", category="all")
    july = {
        m: (v, f) for m, v, f in rows.filter(pl.col("period").dt.month() == 7).select("measure", "value", "flag").rows()
    }
    assert july["talk_time"] == (144.0, "partial")
    assert july["answered"] == (500.0, "partial")
    assert july["occupancy"] == (None, None)

    feed.write_text("DATE,CALLS,AVG\n07/01/2026,100,3:00\n")
    held = etl("run", city, "contact_center", "--var", var, "--json")
    assert held.code == 11
    assert "ANSWERED" in held.failure("contact_center")["error"]
    assert Store(var / "public").release("contact_center").counts(grain="month", category="all").equals(rows)


def _averages(text: str) -> str:
    head = text[: text.index("[fields.id]")]
    fields = {"id": "DATE", "day": "DATE", "answered": "ANSWERED", "talk_time_average": "AVG"}
    return head + "\n".join(f'[fields.{name}]\ncolumn = "{column}"\nmeaning = "-"\n' for name, column in fields.items())
