"""Whatever is asked of kept tables has the answer that the file itself gives; they never hold more than they may."""

from datetime import UTC, date, datetime
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
from layers.store.tables import KeptTables
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
    room = Reads(most_bytes=pl.DataFrame({"unit": ["a"] * 100}).estimated_size() * 3)

    for name in "abcabcd":
        room.table(("t", "r", name, "g", "month", None), lambda most: pl.DataFrame({"unit": ["a"] * 100}))
    assert room.read == 4  # three fit, so the second round finds them

    room.table(("t", "r", "a", "g", "month", None), lambda most: pl.DataFrame({"unit": ["a"] * 100}))
    assert room.read == 5  # it was the one not asked for longest


def test_a_table_with_too_many_rows_is_looked_at_once(folder: Path) -> None:
    room = Reads(most_rows=2)
    release = Store(folder, tables=room).release("service_requests")

    answers = [release.counts(**TABLE, unit="1", period=date(2026, 7, 1), columns=("value",)) for _ in range(3)]

    assert (room.read, room.rows) == (1, [3])
    assert all(each.equals(answers[0]) for each in answers)


class Reads(KeptTables):
    """Counts how often something was read, and how many rows."""

    def __init__(self, **options: int) -> None:
        super().__init__(**options)
        self.read, self.rows = 0, list[int]()

    def table(self, key, read):  # type: ignore[no-untyped-def]  # as the parent
        def counted(most: int) -> pl.DataFrame:
            found: pl.DataFrame = read(most)
            self.read += 1
            self.rows.append(found.height)
            return found

        return super().table(key, counted)
