"""What is counted of a feed in parts is what is counted of it whole, also which codes are told.

| code    | in each of three parts | in the feed | told                              |
|---------|------------------------|-------------|-----------------------------------|
| Pothole | 20                     | 60          | yes                               |
| Sinkhole| 4                      | 12          | yes: ten in the feed are enough   |
| Rare    | 1                      | 3           | no: together with all such others |
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl
import pytest

from etl.drift import observe as observing
from etl.drift.observe import REST, Observed, added_up, observe

CODES = ["Pothole"] * 20 + ["Sinkhole"] * 4 + ["Rare"]
PARTS = [[(datetime(2026, 3, 1) + timedelta(days=7 * part), code) for code in CODES] for part in range(3)]


def counted(*parts: Sequence[tuple[datetime, str]]) -> Observed:
    rows = pl.DataFrame([row for part in parts for row in part], ["created", "category"], orient="row")
    return observe(
        rows.with_columns(pl.col("created").cast(pl.Datetime("us")), pl.col("category").cast(pl.Categorical)),
        sound=pl.lit(True),
        fields=["created", "category"],
        coded=["category"],
        unread={},
        event="created",
    )


def codes(found: Observed) -> dict[str, int]:
    return {code: sum(series.values()) for code, series in found.codes["category"].items()}


def test_a_code_is_told_if_it_occurs_often_enough_in_the_whole_feed() -> None:
    parts = added_up([counted(part) for part in PARTS])
    assert codes(parts) == codes(counted(*PARTS)) == {"Pothole": 60, "Sinkhole": 12, REST: 3}
    assert parts.codes == counted(*PARTS).codes
    assert (parts.newest, parts.months, parts.weeks) == (counted(*PARTS).newest, {
        datetime(2026, 3, 1).date(): 75}, counted(*PARTS).weeks)  # fmt: skip


def test_of_a_column_with_too_many_codes_in_the_whole_feed_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part has more than two, the feed has three: free text, of which no part must keep more."""
    monkeypatch.setattr(observing, "KEPT_MOST", 2)
    ways = (["Pothole"] * 20, ["Pothole"] * 20 + ["Sinkhole"], ["Rare"])
    parts = [[(datetime(2026, 3, 1), code) for code in way] for way in ways]
    seen = [counted(part) for part in parts]
    assert codes(added_up(seen)) == codes(counted(*parts)) == {REST: 42}
    assert codes(added_up([added_up(seen), seen[0]])) == {REST: 62}
