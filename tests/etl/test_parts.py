"""A feed read in parts is the feed: records, rejects, duplicates and what gates compare are the same.

| row of the feed | 1 2 3 | 4 5 6 | 7 8 |                                                            |
|-----------------|-------|-------|-----|------------------------------------------------------------|
| id              | a b c | a a d | b - | `-` is blank                                               |
| sound           | y y y | y n y | y n | row 5 has no date                                          |
| stands          |     c | a   d | b   | of the rows of one id the last sound one, whatever its part |
| rejected        | 1 2   |   5   |   8 | duplicate, duplicate, blank_required, blank_required       |
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.errors import SchemaDrift, TooFewLocated
from etl.feeds.parts import Placing, judged
from etl.records import LOCATED, ROW, Ingested, Located, Validated
from etl.steps.validate import judge
from tests.etl.declared import KEY, TODAY, ZONE, source

FEED = source(
    {"id": "Number", "created": "Opened", "category": "Type"},
    groups={"trees": {"title": "Trees", "kind": "place"}},
    categories={"trees": ["Tree"]},
)
Row = tuple[str, str, str]


def fed(rows: Sequence[Row], scratch: Path | None) -> Ingested:
    named = {name: [row[place] for row in rows] for place, name in enumerate(("Number", "Opened", "Type"))}
    schema = dict.fromkeys([*named, "Caller"], pl.String)
    frame = pl.DataFrame({**named, "Caller": ["a name"] * len(rows)}, schema=schema)
    return Ingested("feed", frame.lazy().with_row_index(ROW, offset=1), (), scratch=scratch)


def read(rows: Sequence[Row], scratch: Path | None, at_once: int = 3) -> Validated:
    return judged(
        fed(rows, scratch), FEED, lambda part: judge(part, FEED, today=TODAY, city_zone=ZONE), key=KEY, rows=at_once
    )


def seen(found: Validated) -> tuple[object, ...]:
    """What the profile is made of."""
    told = found.observed
    assert told is not None
    return told.fields, told.newest, told.months, told.weeks, told.codes, told.empty


DAY = "01/02/2026"
TABLE: list[Row] = [
    ("a", DAY, "Tree"), ("b", DAY, "Tree"), ("c", DAY, "Other"),
    ("a", DAY, "Tree"), ("a", "", "Tree"), ("d", DAY, "Tree"),
    ("b", DAY, "Light"), ("", DAY, "Tree"),
]  # fmt: skip


def test_the_last_sound_row_of_an_id_stands_whatever_part_it_is_in(tmp_path: Path) -> None:
    found = read(TABLE, tmp_path)

    assert found.records.collect().select(ROW, "id").rows() == [(3, "c"), (4, "a"), (6, "d"), (7, "b")]
    assert found.rejects.select(ROW, "reason").rows() == [
        (1, "duplicate"), (2, "duplicate"), (5, "blank_required"), (8, "blank_required"),
    ]  # fmt: skip
    assert (found.rows, dict(found.unmapped)) == (8, {"category": 1})
    assert len(found.pieces) == 3


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "e", ""]),
        st.sampled_from([DAY, "", "soon"]),
        st.sampled_from(["Tree", "x"]),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=15, deadline=None)
@given(ROWS, st.integers(1, 5))
def test_in_parts_or_whole_it_is_the_same(rows: list[Row], at_once: int) -> None:
    whole = read(rows, None)
    with TemporaryDirectory() as scratch:
        parts = read(rows, Path(scratch), at_once)
        assert_frame_equal(parts.records.collect(), whole.records.collect())
        assert_frame_equal(pl.concat(parts.parts()), whole.records.collect())
    assert_frame_equal(parts.rejects, whole.rejects)
    assert parts.rows == whole.rows
    assert seen(parts) == seen(whole)
    assert parts.unmapped.get("category", 0) >= whole.unmapped.get("category", 0)


def test_what_fits_into_one_part_never_touches_the_disk(tmp_path: Path) -> None:
    found = read(TABLE, tmp_path / "scratch", at_once=8)

    assert not found.pieces
    assert not (tmp_path / "scratch").exists()


def test_what_lies_on_disk_holds_declared_fields_alone(tmp_path: Path) -> None:
    read(TABLE, tmp_path)

    for file in tmp_path.iterdir():
        assert "Caller" not in pl.read_ipc_schema(file)
        assert b"a name" not in file.read_bytes()


def test_a_column_that_only_one_part_fills_is_whole(tmp_path: Path) -> None:
    """What holds no value is not written: it comes back as nulls of its own type, at its place."""
    feed = source({"id": "Number", "created": "Opened", "closed": "Closed", "status": "Status", "category": "Type"})
    closed = ["", "", "", "01/03/2026", "", "", ""]
    frame = pl.LazyFrame(
        {"Number": list("abcdefg"), "Opened": DAY, "Closed": closed, "Status": ["", "", "", "", "", "", "open"]},
        schema_overrides=dict.fromkeys(("Number", "Opened", "Closed", "Status"), pl.String),
    ).with_columns(pl.lit("Tree").alias("Type"))

    def told(scratch: Path | None) -> Validated:
        ingested = Ingested("feed", frame.with_row_index(ROW, offset=1), (), scratch=scratch)
        return judged(ingested, feed, lambda part: judge(part, feed, today=TODAY, city_zone=ZONE), key=KEY, rows=3)

    whole, parts = told(None), told(tmp_path)
    assert len(parts.pieces) == 3
    assert_frame_equal(parts.records.collect(), whole.records.collect())
    assert_frame_equal(pl.concat(parts.parts()), whole.records.collect())
    assert_frame_equal(pl.concat(parts.parts(["id", "closed"])), whole.records.collect().select("id", "closed"))
    assert [set(pl.read_ipc_schema(file)) & {"closed", "status"} for file in sorted(tmp_path.iterdir())] == [
        set(),
        {"closed"},
        {"status"},
    ]


def test_a_missing_column_is_told_as_of_the_whole_feed(tmp_path: Path) -> None:
    less = fed(TABLE, tmp_path)
    with pytest.raises(SchemaDrift, match="'Opened'"):
        judged(replace(less, frame=less.frame.drop("Opened")), FEED, lambda part: judge(
            part, FEED, today=TODAY, city_zone=ZONE), key=KEY, rows=3)  # fmt: skip


def placed(records: pl.DataFrame) -> Located:
    """Every record whose id is a vowel could be placed."""
    way = pl.when(pl.col("id").is_in(["a"])).then(pl.lit("coordinates", LOCATED)).otherwise(pl.lit("none", LOCATED))
    events = records.select(ROW, way.alias("located"))
    return Located(events, dict(events["located"].value_counts().iter_rows()), {"outside": 1})


def test_gates_see_the_sums_of_all_parts_before_the_last_is_taken(tmp_path: Path) -> None:
    told: list[Located] = []

    def check(found: Located) -> None:
        told.append(found)
        raise TooFewLocated("too few")

    placing = Placing(read(TABLE, tmp_path), placed, check)
    taken = []
    with pytest.raises(TooFewLocated):
        taken += [part.height for part in placing] or [0]

    assert [(dict(t.located), dict(t.faults)) for t in told] == [({"coordinates": 1, "none": 3}, {"outside": 3})]
    assert placing.records == 4
    assert not taken
