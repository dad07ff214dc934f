"""Broken feeds give their exit code and a sentence without a value of any row; what is only odd is taken."""

import gzip
from pathlib import Path

import pytest

from etl.errors import EtlError
from etl.feeds.gates import check_located
from etl.fetch import unpack
from etl.fetch.connector import Limits
from etl.records import Located
from etl.steps.locate import locate
from etl.steps.validate import validate
from tests.etl.broken_feeds import BROKEN_FEEDS, CANARY, ROWS, BrokenFeed, sound_lines, text
from tests.etl.declared import KEY, TODAY, ZONE, city_areas, every_year, source, taken

FIELDS = {
    "id": "Number",
    "created": "Opened",
    "closed": "Closed",
    "category": "Type",
    "status": "Status",
    "lat": "Latitude",
    "lng": "Longitude",
}
SECRETS = (CANARY, "555-0100", "caf")


def _run(content: bytes, folder: Path) -> tuple[Located, dict[str, int]]:
    (folder / "feed.csv").write_bytes(content)
    declared = source(FIELDS, limits={}, categories={"potholes": [f"Pothole {CANARY}"]})
    found = validate(taken(declared, folder), declared, today=TODAY, city_zone=ZONE)
    located = locate(
        found.records,
        declared,
        area_sets=city_areas(folder),
        city_area="district",
        directory=None,
        key=KEY,
        home_keys=every_year(KEY),
    )
    check_located(declared.id, located.located, declared.limits)
    return located, found.rejected()


@pytest.mark.parametrize("feed", [f for f in BROKEN_FEEDS if f.exit_code], ids=lambda feed: feed.name)
def test_a_broken_feed_is_refused_with_a_sentence(feed: BrokenFeed, tmp_path: Path) -> None:
    with pytest.raises(EtlError, match=feed.sentence) as caught:
        _run(feed.content(), tmp_path)
    assert caught.value.exit_code == feed.exit_code
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, EtlError)
    assert not [secret for secret in SECRETS if secret in str(caught.value)]
    assert "  " not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "rejects"), [("column added", {}), ("header told again", {"junk_row": 1}), ("ids as floats", {})]
)
def test_an_odd_feed_is_taken(name: str, rejects: dict[str, int], tmp_path: Path) -> None:
    feed = next(f for f in BROKEN_FEEDS if f.name == name)
    located, rejected = _run(feed.content(), tmp_path)
    assert rejected == rejects
    assert located.located == {"coordinates": ROWS}


def test_odd_and_sound_feeds_give_the_same_events(tmp_path: Path) -> None:
    sound, _ = _run(text(*sound_lines()), tmp_path)
    for name in ("column added", "header told again", "ids as floats"):
        odd, _ = _run(next(f for f in BROKEN_FEEDS if f.name == name).content(), tmp_path)
        assert odd.events.equals(sound.events)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EtlError, match=r"No file matches 'feed\.csv'") as caught:
        taken(source(FIELDS), tmp_path)
    assert caught.value.exit_code == 10


def test_the_absolute_limit_holds_for_sparse_archives_too(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv.gz"
    path.write_bytes(gzip.compress(text(*sound_lines())))
    small = Limits(unpacked_bytes=1000)
    with pytest.raises(EtlError, match="unpacks to far more"):
        unpack.plain_text(path, tmp_path, limits=small)
