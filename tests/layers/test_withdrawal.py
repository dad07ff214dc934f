"""A release that is taken back: its figures go, its number stays, and it does not come back by itself."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from layers.store.loader import load_current
from layers.store.publisher import point, publish
from layers.store.reader import Store, UnknownRelease, WithdrawnRelease
from layers.store.schema import counts_table, metadata
from layers.store.tombstone import WithdrawnContent
from layers.store.withdrawal import withdraw_release
from tests.layers.drafts import draft

NOW = datetime(2026, 10, 1, 6, 10, tzinfo=UTC)
TODAY = date(2026, 10, 2)
TOPIC = "service_requests"


def put(store: Path, first: int, *, hours: int = 0, **changes: object) -> str:
    """Publish a release whose first figure is `first`."""
    figures = {"1": (first, 0, 7), "2": (1, 2, 3)}
    return publish(draft(figures, **changes), store, built_at=NOW + timedelta(hours=hours))


def take_back(store: Path, release: str) -> str | None:
    return withdraw_release(store, TOPIC, release, on=TODAY, reason="A column was misread.")


def test_the_release_before_it_is_shown_and_a_tombstone_stays(tmp_path: Path) -> None:
    good, bad = put(tmp_path, 4), put(tmp_path, 5, hours=1)

    assert take_back(tmp_path, bad) == good

    store = Store(tmp_path)
    assert store.current() == {TOPIC: good}
    assert store.releases(TOPIC) == [good]
    assert [path.name for path in (tmp_path / "releases" / TOPIC / bad).iterdir()] == ["withdrawn.json"]
    (stone,) = store.withdrawals(TOPIC)
    assert (stone.release, stone.withdrawn_on, stone.reason) == (bad, TODAY, "A column was misread.")
    with pytest.raises(WithdrawnRelease) as told:
        store.release(TOPIC, bad)
    assert told.value.withdrawal == stone


def test_without_an_earlier_one_the_topic_shows_nothing(tmp_path: Path) -> None:
    only = put(tmp_path, 4)
    assert take_back(tmp_path, only) is None
    assert Store(tmp_path).current() == {}
    with pytest.raises(UnknownRelease):
        Store(tmp_path).release(TOPIC)


def test_a_withdrawn_one_is_never_gone_back_to(tmp_path: Path) -> None:
    """good, bad, worse: taking back bad and then worse shows good."""
    good, bad, worse = (put(tmp_path, n, hours=n) for n in (4, 5, 6))
    assert take_back(tmp_path, bad) == worse
    assert take_back(tmp_path, worse) == good


def test_an_earlier_release_than_the_shown_one_leaves_the_pointer_alone(tmp_path: Path) -> None:
    old, new = put(tmp_path, 4), put(tmp_path, 5, hours=1)
    assert take_back(tmp_path, old) == new


def test_the_next_good_one_is_older_than_the_bad_one_also_after_a_rollback(tmp_path: Path) -> None:
    old, middle, newest = (put(tmp_path, n, hours=n) for n in (4, 5, 6))
    point(tmp_path, TOPIC, middle)
    assert take_back(tmp_path, middle) == old
    assert newest in Store(tmp_path).releases(TOPIC)


@pytest.mark.parametrize("day", ["2026-10-01", "2026-10-09"])
def test_the_same_content_is_refused_whatever_day_it_is(tmp_path: Path, day: str) -> None:
    put(tmp_path, 4)
    take_back(tmp_path, put(tmp_path, 5, hours=1))
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(WithdrawnContent):
        put(tmp_path, 5, hours=2, as_of=day)

    assert sorted(tmp_path.rglob("*")) == before


def test_other_figures_or_other_words_are_published(tmp_path: Path) -> None:
    take_back(tmp_path, put(tmp_path, 5))
    assert put(tmp_path, 6) == Store(tmp_path).current()[TOPIC]
    assert put(tmp_path, 5, summary="What residents asked for, now told rightly.") == Store(tmp_path).current()[TOPIC]


def test_killed_between_pointer_and_tombstone_doing_it_again_finishes(tmp_path: Path) -> None:
    good, bad = put(tmp_path, 4), put(tmp_path, 5, hours=1)
    point(tmp_path, TOPIC, good)

    assert take_back(tmp_path, bad) == good
    (tmp_path / "releases" / TOPIC / bad / "counts.parquet").write_bytes(b"not removed yet")
    assert take_back(tmp_path, bad) == good

    assert [path.name for path in (tmp_path / "releases" / TOPIC / bad).iterdir()] == ["withdrawn.json"]


def test_what_does_not_exist_cannot_be_taken_back(tmp_path: Path) -> None:
    put(tmp_path, 4)
    before = json.loads((tmp_path / "current.json").read_bytes())
    with pytest.raises(UnknownRelease):
        take_back(tmp_path, "2026-10-01-000000000000")
    assert json.loads((tmp_path / "current.json").read_bytes()) == before


def test_the_copy_in_postgresql_loses_its_rows_too(tmp_path: Path, postgres_url: str) -> None:
    """good and bad are copied; bad is taken back; the next load removes its rows and no others."""
    engine = sa.create_engine(postgres_url)
    metadata.drop_all(engine)
    good = put(tmp_path, 4)
    rows = load_current(tmp_path, engine)[TOPIC]
    bad = put(tmp_path, 5, hours=1)
    assert load_current(tmp_path, engine) == {TOPIC: rows}

    take_back(tmp_path, bad)
    assert load_current(tmp_path, engine) == {TOPIC: 0}

    kept = sa.select(counts_table.c.release, sa.func.count()).group_by(counts_table.c.release)
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(kept)] == [(good, rows)]
    metadata.drop_all(engine)
    engine.dispose()
