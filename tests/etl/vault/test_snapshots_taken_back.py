"""Snapshots show what was taken back no longer, wherever a run is killed, and none is kept for longer than declared."""

from pathlib import Path
from unittest import mock

import pytest

from etl.errors import TooManyRejects
from etl.feeds import feed, snapshots
from tests.etl.vault.nights import Agency, row
from tests.etl.vault.sealed import SEALED, Areas, city, hashes_of_sealed, traces

#   where the run is killed that a stale feed brings a record back to     what the agency sends when it runs again
KILLED_AT = [
    "mark_received",
    "judged_feed",
    "without_withdrawn",
    "_placing",
    "take_gone_back",
    "take",
    "drop_snapshots",
]


@pytest.mark.parametrize("step", KILLED_AT)
@pytest.mark.parametrize("next_feed", ["nothing new", "the feed without it"])
def test_killed_before_it_removes_a_snapshot_the_next_run_removes_it(
    tmp_path: Path, agency: Agency, areas: Areas, step: str, next_feed: str
) -> None:
    class Killed(BaseException):
        pass

    nights = city(tmp_path, agency, areas)
    hashes, sealed = hashes_of_sealed(nights), agency.rows[SEALED]
    agency.night = 1
    agency.delete(SEALED)
    nights.run()
    agency.night = 2
    agency.put(sealed)  # a stale feed brings it back
    with (
        mock.patch.object(feed, step, side_effect=Killed),
        mock.patch.object(feed, "forget_unjudged"),
        pytest.raises(Killed),
    ):
        nights.run()
    assert traces(nights, hashes), "it stands in what was received"
    agency.delete(SEALED)
    agency.says_nothing_changed = next_feed == "nothing new"
    nights.next_night()
    assert traces(nights, hashes) == []


#   what a feed shows of a record that was taken back
@pytest.mark.parametrize("shown", ["a row without a date", "a note of its number", "a feed that is held"])
def test_a_snapshot_that_shows_it_in_any_way_is_not_kept(
    tmp_path: Path, agency: Agency, areas: Areas, shown: str
) -> None:
    nights = city(tmp_path, agency, areas)
    hashes, sealed = hashes_of_sealed(nights), agency.rows[SEALED]
    agency.night = 1
    agency.delete(SEALED)
    nights.run()
    agency.night = 40  # the whole feed again
    if shown == "a feed that is held":
        agency.put(sealed)
        with (
            mock.patch.object(feed.FeedGate, "records", side_effect=TooManyRejects("x")),
            pytest.raises(TooManyRejects),
        ):
            nights.run()
    else:
        agency.put({**sealed, "Created": "never"} if shown == "a row without a date" else {**sealed, "Kind": "note"})
        nights.run()
    assert traces(nights, hashes) == []


def test_a_sound_delivery_is_kept_though_something_was_taken_back(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    nights = city(tmp_path, agency, areas)
    agency.night = 1
    agency.delete(SEALED)
    nights.run()
    agency.night = 40
    agency.put(row("N1"))
    nights.run()
    kept = list((nights.private / "snapshots" / nights.source.id).glob("*"))
    nights.next_night()
    assert kept
    assert set(kept) <= set((nights.private / "snapshots" / nights.source.id).glob("*"))


def test_snapshots_expire(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    nights = city(tmp_path, agency, areas, keep_snapshots_days=3)
    folder = nights.private / "snapshots" / nights.source.id
    kept = []
    for agency.night in range(1, 8):
        agency.put(row(f"N{agency.night}"))
        nights.run()
        kept.append(len(list(folder.glob("*"))))
    assert kept == [2, 3, 4, 4, 4, 4, 4]


def test_killed_while_it_removes_a_snapshot_it_leaves_no_half_of_it(
    tmp_path: Path, agency: Agency, areas: Areas
) -> None:
    """A half would be taken for the whole when the agency sends the same bytes again, and kept as long as a new one."""

    class Killed(BaseException):
        pass

    class Half:
        """Stands in for `shutil`: it removes the files of a folder, and is killed before the folder is gone."""

        @staticmethod
        def rmtree(folder: Path, **_: object) -> None:
            for file in folder.glob("*"):
                file.unlink()
            if folder.exists():
                raise Killed

    nights = city(tmp_path, agency, areas, keep_snapshots_days=0)
    agency.night = 2
    with mock.patch.object(snapshots, "shutil", Half), pytest.raises(Killed):
        nights.run()
    agency.night = 30  # the whole feed again, the same bytes
    again = nights.run()
    assert (again.run.rows, nights.vault.rows) == (9, 9)
    assert not list(nights.private.rglob(".*"))
