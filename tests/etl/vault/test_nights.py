"""Night after night: whatever an agency changes, and in whatever order it tells of it, the vault holds what one clean
whole read of its feed would give."""

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import SourceUnreadable, TooManyRejects
from etl.vault import KEY
from layers.areas import AreaSet
from tests.etl.vault.nights import Agency, Nights, areas_of, feed_source, row

Areas = tuple[AreaSet, ...]


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> Areas:
    return tuple(areas_of(tmp_path_factory.mktemp("areas")))


@pytest.fixture
def agency() -> Agency:
    agency = Agency()
    agency.put(*(row(f"R{n}") for n in range(8)), late=10)
    return agency


@pytest.fixture
def nights(tmp_path: Path, agency: Agency, areas: Areas) -> Nights:
    nights = Nights(tmp_path, agency, feed_source(), areas=areas)
    nights.run()
    return nights


def clean(nights: Nights) -> dict[str, str]:
    """The seals of a vault that reads the agency's feed once, whole, under the same keys."""
    with TemporaryDirectory() as folder:
        shutil.copytree(nights.private / "keys", Path(folder) / "var/private/keys")
        other = Nights(Path(folder), nights.agency, nights.source, areas=nights.context.places.area_sets)
        other.run()
        return other.vault.months()


def test_the_first_night_reads_whole_and_the_next_ones_what_changed(nights: Nights, agency: Agency) -> None:
    agency.night = 5
    agency.put(row("R8"), row("R1", created="10/02/2026"))
    feed = nights.run()
    assert agency.asked == [None, "0"]
    assert (feed.run.rows, feed.run.accepted, nights.vault.rows) == (2, 2, 9)
    assert nights.vault.marks.watermark == "5"
    assert nights.vault.months() == clean(nights)


def test_a_watermark_in_the_future_is_not_asked_from(nights: Nights, agency: Agency) -> None:
    nights.vault.note(replace(nights.vault.marks, watermark="2031-01-01T00:00:00+00:00"))
    agency.night = 1
    agency.put(row("R8"))
    nights.run()
    assert (agency.asked, nights.vault.rows, nights.vault.marks.watermark) == ([None, None], 9, "1")


#   what becomes of record R1, which was a pothole of September    its events afterwards
BECAME: tuple[tuple[str, dict[str, str], int], ...] = (
    ("another day", row("R1", created="08/20/2026"), 1),
    ("a record of a home, which has another key", row("R1", kind="heat"), 1),
    ("a sensitive one", row("R1", kind="welfare"), 0),
    ("one with a day that cannot be read", row("R1", created="soon"), 0),
    ("a row that is no record", row("R1", Kind="note"), 0),
)


@pytest.mark.parametrize(("became", "events"), [case[1:] for case in BECAME], ids=[case[0] for case in BECAME])
def test_a_correction_changes_its_own_event_and_no_other(
    nights: Nights, agency: Agency, became: dict[str, str], events: int
) -> None:
    before = nights.told()
    agency.night = 5
    agency.put(became)
    nights.run()
    after = nights.told()
    assert nights.vault.rows == 7 + events
    assert len([event for event in before if event not in after]) == 1
    assert len([event for event in after if event not in before]) == events
    assert nights.vault.months() == clean(nights)
    agency.night = 6
    agency.put(row("R1"))
    nights.run()
    assert nights.told() == before


def test_an_overlap_and_a_repeat_change_nothing(nights: Nights) -> None:
    seals = nights.vault.months()
    files = {path.name: path.stat().st_mtime_ns for path in nights.vault.folder.glob("*.parquet")}
    nights.next_night()
    nights.run()
    assert nights.agency.asked == [None, "0", "1"]
    assert nights.vault.months() == seals
    assert {path.name: path.stat().st_mtime_ns for path in nights.vault.folder.glob("*.parquet")} == files


def test_nothing_changed_is_no_error_and_no_work(nights: Nights, agency: Agency) -> None:
    seal = nights.vault.seal
    agency.says_nothing_changed = True
    feed = nights.next_night()
    assert (feed.run.rows, feed.events.collect().height, nights.vault.seal) == (0, 8, seal)
    agency.says_nothing_changed = False
    agency.night = 9
    agency.rows.clear()
    assert nights.run().run.rows == 0, "a fetch of changes may be empty"
    assert nights.vault.rows == 8


def test_a_source_that_is_down_for_three_nights_is_asked_from_where_it_was(nights: Nights, agency: Agency) -> None:
    agency.night = 1
    agency.put(row("R8"))
    with mock.patch.object(Agency, "fetch", side_effect=SourceUnreadable("It is down.")):
        for night in (1, 2, 3):
            agency.night = night
            with pytest.raises(SourceUnreadable):
                nights.run()
    agency.night = 4
    nights.run()
    assert agency.asked[-1] == "0"
    assert nights.vault.months() == clean(nights)


WHOLE_AGAIN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("fields", {"fields": {**{n: {"column": c, "meaning": "x"} for n, c in
                {"id": "Id", "created": "Created", "category": "Type", "lat": "Lat", "lng": "Lng"}.items()},
                "status": {"column": "Kind", "meaning": "x"}}}),
    ("codes", {"categories": {"potholes": ["pot", "hole"]}}),
    ("days", {"covers": {"from": "2026-02-01"}}),
)  # fmt: skip


@pytest.mark.parametrize("said", [case[1] for case in WHOLE_AGAIN], ids=[case[0] for case in WHOLE_AGAIN])
def test_another_declaration_reads_whole_again(nights: Nights, agency: Agency, said: dict[str, Any]) -> None:
    nights.next_night()
    nights.source = nights.source.model_validate({**nights.source.model_dump(by_alias=True), **said})
    nights.next_night()
    nights.next_night()
    assert agency.asked == [None, "0", None, "2"]


def test_the_whole_feed_is_read_so_often_as_declared(nights: Nights, agency: Agency) -> None:
    for agency.night in (10, 29, 30, 31):
        nights.run()
    assert agency.asked == [None, "0", "10", None, "30"]


def test_a_whole_feed_that_shrinks_after_many_changes_is_held(nights: Nights, agency: Agency) -> None:
    for night in range(1, 5):
        agency.night = night
        agency.put(*(row(f"S{night}{n}") for n in range(10)))
        nights.run()
    assert nights.vault.rows == 48
    seal = nights.vault.seal
    agency.rows = {key: each for key, each in agency.rows.items() if key.startswith("R")}
    agency.night = 30
    with pytest.raises(TooManyRejects):
        nights.run()
    assert nights.vault.seal == seal


#   what a whole feed no longer lists     events left of 8 when R7 is gone      and does a stale feed bring it back
MISSING = (("dropped", 7, 8), ("kept", 8, 8), ("withdrawn", 7, 7))


@pytest.mark.parametrize(("missing", "left", "again"), MISSING)
def test_what_it_means_that_a_whole_feed_lacks_a_record(
    tmp_path: Path, agency: Agency, areas: Areas, missing: str, left: int, again: int
) -> None:
    nights = Nights(tmp_path, agency, feed_source(refresh={"missing": missing}), areas=areas)
    nights.run()
    gone = agency.rows.pop("R7")
    nights.next_night()
    assert nights.vault.rows == left
    agency.put(gone)
    nights.next_night()
    assert nights.vault.rows == again


# ---------------------------------------------------------------- any sequence of nights

IDS = [f"R{n}" for n in range(6)]
KINDS = ("pot", "heat", "welfare", "unheard of")
DAYS = ("09/03/2026", "08/20/2026", "07/01/2026", "soon")
EDIT = st.tuples(
    st.sampled_from(IDS), st.sampled_from(KINDS), st.sampled_from(DAYS), st.sampled_from(("request", "note")),
    st.integers(0, 2),
)  # fmt: skip
NIGHT = st.fixed_dictionaries(
    {
        "edits": st.lists(EDIT, max_size=4),
        "deleted": st.lists(st.sampled_from(IDS), max_size=1),
        "down": st.booleans(),
        "killed": st.sampled_from([None, None, "before the index", "after the index", "half written"]),
        "nights": st.sampled_from([1, 1, 2, 40]),
    }
)


class Killed(BaseException):
    """The process is gone: nothing catches it, and nothing is tidied up but what the next run does."""


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(NIGHT, min_size=1, max_size=4))
def test_any_nights_end_as_one_clean_whole_read(areas: Areas, plan: list[dict[str, Any]]) -> None:
    _any_nights(areas, plan)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(NIGHT, min_size=1, max_size=8))
def test_any_nights_end_as_one_clean_whole_read_many(areas: Areas, plan: list[dict[str, Any]]) -> None:
    _any_nights(areas, plan)


def _any_nights(areas: Areas, plan: list[dict[str, Any]]) -> None:
    agency, gone = Agency(), set[str]()
    agency.put(*(row(f"F{n}") for n in range(20)))  # so that no few deletions are a mass of them
    with TemporaryDirectory() as folder, mock.patch("os.fsync"):
        nights = Nights(Path(folder), agency, feed_source(), areas=areas)
        nights.run()
        for night in plan:
            agency.night += night["nights"]
            for key, kind, day, what, late in night["edits"]:
                if key not in gone:
                    agency.put(row(key, day, kind, Kind=what), late=min(late, night["nights"]))
            gone |= {key for key in night["deleted"] if key in agency.rows}
            agency.delete(*night["deleted"])
            if night["down"]:
                continue
            if night["killed"]:
                with _killed(night["killed"]), pytest.raises(Killed):
                    nights.run()
                    raise Killed
            nights.run()
        agency.night += 1
        nights.run()
        assert nights.vault.months() == clean(nights)
        assert nights.vault.scan().select(pl.col(KEY).is_duplicated().any()).collect().item() in (False, None)
        assert not list(nights.private.rglob(".*"))


def _killed(when: str) -> Any:
    from etl.vault import commit, index
    from etl.vault.partition import Encoded

    def before(*_: Any) -> None:
        raise Killed

    def after(*given: Any) -> None:
        index.write_index(*given)
        raise Killed

    def half(self: Encoded, folder: Path) -> None:
        (folder / f".{self.partition.file}.1.part").write_bytes(b"half")
        raise Killed

    if when == "half written":
        return mock.patch.object(Encoded, "write", half)
    return mock.patch.object(commit, "write_index", before if when == "before the index" else after)
