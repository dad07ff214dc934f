"""Whatever is asked of kept tables has the answer that the file itself gives; they never hold more than they may."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.period import Grain
from layers.store.publisher import publish
from layers.store.reader import Release, Store
from layers.store.schema import COUNTS_SCHEMA
from layers.store.tables import KeptTables, Table
from tests.layers.drafts import MONTHS, draft

NOW = datetime(2026, 10, 1, tzinfo=UTC)
COLUMNS = st.lists(st.sampled_from(list(COUNTS_SCHEMA)), min_size=1, max_size=4, unique=True)


def _one_or_more(*values: object) -> st.SearchStrategy[object]:
    return st.none() | st.sampled_from(values) | st.lists(st.sampled_from(values), max_size=3)


QUESTIONS = st.fixed_dictionaries(
    {"columns": COLUMNS},
    optional={
        "measure": _one_or_more("requests", "none"),
        "geography": _one_or_more("district", "city"),
        "grain": _one_or_more(Grain.MONTH, "month", "year"),
        "category": _one_or_more("all", "none"),
        "unit": _one_or_more("1", "2", "city", "none"),
        "period": _one_or_more(*MONTHS),
        "first": st.none() | st.sampled_from(MONTHS),
        "last": st.none() | st.sampled_from(MONTHS),
    },
)
TABLE = {"measure": "requests", "geography": "district", "grain": "month"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("store")
    publish(draft(), place, built_at=NOW)
    return place


@pytest.fixture(scope="module")
def pairs(folder: Path) -> list[tuple[Release, Release]]:
    """The same release asked plainly, and with tables of ample, scarce and no room."""
    plain = Store(folder).release("service_requests")
    rooms = [KeptTables(), KeptTables(most_bytes=100), KeptTables(most_rows=2)]
    return [(plain, Store(folder, tables=room).release("service_requests")) for room in rooms]


@settings(max_examples=30)
@example(question={**TABLE, "columns": ["measure"]})
@given(question=QUESTIONS)
def test_answers_are_those_of_the_file(pairs: list[tuple[Release, Release]], question: dict[str, object]) -> None:
    for plain, kept in pairs:
        assert kept.counts(**question).equals(plain.counts(**question))  # type: ignore[arg-type]  # drawn by kind


@settings(max_examples=15)
@given(columns=COLUMNS, category=_one_or_more("all", "none"))
def test_combinations_are_those_of_the_file(
    pairs: list[tuple[Release, Release]], columns: list[str], category: object
) -> None:
    for plain, kept in pairs:
        asked = {**TABLE, "category": category}
        assert kept.distinct(*columns, **asked).equals(plain.distinct(*columns, **asked))  # type: ignore[arg-type]


def test_a_table_is_read_once_for_all_its_places_and_periods(folder: Path) -> None:
    """
    read                     asked of it
    requests, district, all  each unit, each month, all of them, one category
    """
    room = Reads()
    release = Store(folder, tables=room).release("service_requests")

    release.counts(**TABLE, columns=("unit", "value"))
    for unit, period in product("12", MONTHS):
        assert release.counts(**TABLE, category="all", unit=unit, period=period, columns=("value",)).height == 1

    assert room.read == 1


def test_no_more_is_kept_than_there_is_room_for() -> None:
    rows = pl.DataFrame({"unit": ["a"] * 100})
    room = Reads(most_bytes=int(rows.estimated_size()) * 3)

    for name in "abcabcd":
        room.table(("t", "r", name, "g", "month", None), lambda: Table(rows, {"all": 100}))
    assert room.read == 4  # three fit, so the second round finds them

    room.table(("t", "r", "a", "g", "month", None), lambda: Table(rows, {"all": 100}))
    assert room.read == 5  # it was the one not asked for longest


def test_a_table_with_too_many_rows_is_never_read_whole(folder: Path) -> None:
    room = Reads(most_rows=2)
    release = Store(folder, tables=room).release("service_requests")

    answers = [release.counts(**TABLE, unit="1", period=date(2026, 7, 1), columns=("value",)) for _ in range(3)]

    assert room.read == 0
    assert all(each.equals(answers[0]) for each in answers)


def test_names_that_no_table_has_are_not_kept(folder: Path) -> None:
    room = Reads()
    release = Store(folder, tables=room).release("service_requests")

    assert release.counts(**TABLE, category="none").height == 0
    assert release.counts(**{**TABLE, "measure": "none"}, category="all").height == 0
    assert room.read == 0


@given(
    lengths=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4)), max_size=6, unique_by=lambda each: each[0])
)
def test_a_period_of_a_category_is_found_without_a_search(lengths: list[tuple[str, int]]) -> None:
    """Any categories with any number of periods, two units in each."""
    rows = [
        (name, MONTHS[0] + timedelta(days=at), unit) for name, most in lengths for at in range(most) for unit in "12"
    ]
    frame = pl.DataFrame(rows, schema={"category": pl.String, "period": pl.Date, "unit": pl.String}, orient="row")
    table = Table(frame, {name: 2 * most for name, most in lengths})

    for name, at in product("abcd", range(5)):
        day = MONTHS[0] + timedelta(days=at)
        assert table.of(name, day).equals(frame.filter(pl.col("category") == name, pl.col("period") == day))
        assert table.of(name).equals(frame.filter(pl.col("category") == name))


class Reads(KeptTables):
    """Counts how often something was read."""

    read = 0

    def table(self, key, read):  # type: ignore[no-untyped-def]  # as the parent
        def counted() -> Table:
            self.read += 1
            found: Table = read()
            return found

        return super().table(key, counted)
