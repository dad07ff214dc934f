"""Default points that a run found: written down for the steward, and a protected topic waits for a decision."""

from pathlib import Path

import polars as pl
import pytest

from etl.errors import StorageFailed, TooFewLocated
from etl.feeds.suspected import note_suspected, noted_points, suspected_path
from etl.records import Located
from tests.etl.declared import source

POINT = pl.DataFrame({"lat": [36.06], "lng": [-83.91], "records": [40]})
REQUESTS = source({"id": "id", "created": "day", "category": "type", "lat": "lat", "lng": "lng"})
CASES = source({"id": "id", "filed": "day", "lat": "lat", "lng": "lng"}, topic="evictions")


def located(points: pl.DataFrame) -> Located:
    return Located(pl.DataFrame(), {}, {}, points)


def test_it_is_written_for_the_steward_and_removed_when_it_is_gone(tmp_path: Path) -> None:
    note_suspected(tmp_path, REQUESTS, located(POINT))
    path = suspected_path(tmp_path, "feed")
    assert pl.read_parquet(path).equals(POINT)
    assert path.stat().st_mode & 0o777 == 0o600
    note_suspected(tmp_path, REQUESTS, located(POINT.clear()))
    assert not path.exists()


def test_a_topic_of_homes_is_held(tmp_path: Path) -> None:
    """The sentence names the file, not the point."""
    with pytest.raises(TooFewLocated) as held:
        note_suspected(tmp_path / "private", CASES, located(POINT))
    assert "private/locate/default-points-feed.parquet" in str(held.value)
    assert "36.06" not in str(held.value)
    note_suspected(tmp_path / "private", CASES, located(POINT.clear()))


def test_what_a_whole_feed_gave_away_is_known_to_its_changes(tmp_path: Path) -> None:
    assert noted_points(tmp_path, REQUESTS) is None
    note_suspected(tmp_path, REQUESTS, located(POINT))
    known = noted_points(tmp_path, REQUESTS)
    assert known is not None
    assert known.equals(POINT)
    suspected_path(tmp_path, "feed").write_bytes(b"damaged")
    with pytest.raises(StorageFailed, match="Remove it"):
        noted_points(tmp_path, REQUESTS)
