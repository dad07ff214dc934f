"""A court's database, of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.etl.fetch.court import Court


@pytest.fixture
def sqlite(tmp_path: Path) -> Court:
    court = Court(f"sqlite:///{tmp_path}/court.db", tmp_path)
    court.run(
        "CREATE TABLE cases (id INTEGER, rent NUMERIC, changed TEXT, note TEXT)",
        "INSERT INTO cases VALUES (1, 10.5, '2026-01-01 08:00:00', NULL), (2, 7, '2026-01-03 09:00:00', ''), "
        "(3, NULL, '2026-01-02 10:00:00', ' x ')",
    )
    return court


@pytest.fixture
def postgres(postgres_url: str, tmp_path: Path) -> Iterator[Court]:
    court = Court(postgres_url, tmp_path)
    court.run(
        "DROP TABLE IF EXISTS cases",
        "CREATE TABLE cases (id bigint, rent numeric(10,2), filed date, changed timestamptz, at time, sealed boolean, "
        "about jsonb, raw bytea, key uuid, tags text[], note text, score double precision)",
        "INSERT INTO cases SELECT n, n + 0.10, date '2026-01-01' + n::int, timestamptz '2026-01-01 00:00:00.5+00' "
        "+ n * interval '1 day', '08:00', n = 1, '{\"a\": [1, \"b\"]}', '\\xbeef', "
        "'00000000-0000-0000-0000-000000000007', '{x,y}', NULL, 0.1 FROM generate_series(1, 7) n",
    )
    yield court
    court.run("DROP TABLE IF EXISTS cases")
