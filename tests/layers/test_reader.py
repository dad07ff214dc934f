"""The same questions, the same answers, whether DuckDB reads the files or PostgreSQL holds a copy."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from layers.store.loader import load_current
from layers.store.publisher import publish
from layers.store.reader import Release, Store
from layers.store.schema import metadata
from layers.store.tables import KeptTables
from tests.layers.drafts import MONTHS, draft

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture(params=["duckdb", "postgresql", "kept", "postgresql, kept"])
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Release]:
    publish(draft({"1": (9, 9, 9), "2": (9, 9, 9)}), tmp_path, built_at=NOW)
    publish(draft(), tmp_path, built_at=NOW)
    tables = KeptTables() if "kept" in request.param else None
    if "postgresql" not in request.param:
        yield Store(tmp_path, tables=tables).release("service_requests")
        return
    engine = sa.create_engine(request.getfixturevalue("postgres_url"))
    metadata.drop_all(engine)
    for older in Store(tmp_path).releases("service_requests"):
        from layers.store.loader import load_release

        load_release(tmp_path / "releases/service_requests" / older, "service_requests", older, engine)
    assert load_current(tmp_path, engine) == {"service_requests": 0}  # it is there already
    yield Store(tmp_path, engine, tables=tables).release("service_requests")
    metadata.drop_all(engine)
    engine.dispose()


def test_all_rows_come_in_file_order(release: Release) -> None:
    on_file = pl.read_parquet(release.folder / "counts.parquet")

    assert release.counts().equals(on_file)


def test_filters_take_one_value_several_or_a_span(release: Release) -> None:
    one = release.counts(unit="1", period=MONTHS[0], columns=("value",))
    several = release.counts(unit=("1", "2"), geography="district", columns=("value",))
    span = release.counts(unit="city", first=MONTHS[1], last=MONTHS[2], columns=("value",))

    assert one["value"].to_list() == [4.0]
    assert several.height == 6
    assert span["value"].to_list() == [2.0, 10.0]
    assert release.counts(unit="3").height == 0


def test_distinct_combinations(release: Release) -> None:
    assert release.distinct("geography", "grain").rows() == [("city", "month"), ("district", "month")]


def test_the_tables_of_a_release_are_listed_in_file_order(release: Release) -> None:
    on_file = pl.read_parquet(release.folder / "counts.parquet")
    names = ["measure", "geography", "grain", "category"]

    counted = on_file.group_by(names, maintain_order=True).len()
    assert list(release.contents.items()) == [(tuple(each[:4]), each[4]) for each in counted.iter_rows()]


def test_threads_may_share_a_store(release: Release) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: release.counts(unit=str(n % 2 + 1)).height, range(40)))

    assert answers == [3] * 40


def test_one_table_asked_piece_by_piece(release: Release) -> None:
    table = {"measure": "requests", "geography": "district", "grain": "month"}

    assert release.counts(**table, columns=("unit", "period")).rows() == [
        (unit, period) for period in MONTHS for unit in "12"
    ]
    assert release.counts(**table, category="all", unit="1", columns=("value",))["value"].to_list()[0] == 4.0
    assert release.distinct("unit", **table)["unit"].to_list() == ["1", "2"]


def test_a_million_rows_never_pass_through_sql(tmp_path: Path) -> None:
    """Row by row they would be a gigabyte for each reader; the file holds them as they are."""
    publish(draft(), tmp_path, built_at=NOW)
    release = Store(tmp_path).release("service_requests")
    asked: list[str] = []
    sa.event.listen(release.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    file = pl.read_parquet(release.folder / "counts.parquet")
    assert release.counts().equals(file)
    several = release.counts(unit=["1", "2"], first=MONTHS[1])
    assert several.equals(file.filter(pl.col("unit").is_in(["1", "2"]), pl.col("period") >= MONTHS[1]))
    assert asked == []
