"""The private database is brought to the present shape when it is opened, whatever shape it had, and only once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from etl.state import NewerDatabase, State, metadata, migrate, open_engine
from etl.state.migrate import MIGRATIONS, VERSION_TABLE, steps

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 10, 1, 5, 15, tzinfo=UTC)

FIRST = sa.MetaData()
"""The tables as the first versions made them, without steps and without tiers."""
first_runs = sa.Table(
    "runs",
    FIRST,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("exit_code", sa.Integer),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("release", sa.String),
    sa.Column("dry", sa.Boolean, nullable=False, default=False),
)
sa.Table(
    "source_runs",
    FIRST,
    sa.Column("run", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    *(sa.Column(name, sa.String, nullable=False) for name in ("snapshot", "rejects", "located")),
    *(sa.Column(name, sa.Integer, nullable=False) for name in ("rows", "accepted")),
)


@pytest.fixture
def engine(state_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(state_url)
    yield engine
    engine.dispose()


def version(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def test_the_steps_make_what_is_declared(engine: sa.Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    assert version(engine) == steps()[-1]


@pytest.mark.parametrize("with_tier", [False, True])
def test_a_database_from_before_there_were_steps_keeps_its_runs(engine: sa.Engine, with_tier: bool) -> None:
    FIRST.create_all(engine)
    with engine.begin() as connection:
        if with_tier:
            connection.execute(sa.text("ALTER TABLE runs ADD COLUMN tier VARCHAR NOT NULL DEFAULT 'public'"))
        old = {"topic": "evictions", "started": START, "exit_code": 0, "release": "r1", "reason": "", "dry": False}
        connection.execute(first_runs.insert().values(**old))

    for _ in range(2):  # opening it again changes nothing
        run = State(engine).last("evictions")
        assert run is not None and (run.release, run.tier, run.attempt, run.trigger) == ("r1", "public", 1, "person")
    assert version(engine) == steps()[-1]


def test_a_newer_database_is_refused_in_a_sentence(engine: sa.Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = 'm9999'"))

    with pytest.raises(NewerDatabase, match=r"at step m9999.*Use the newer version of the program") as refused:
        State(engine)
    assert refused.value.exit_code == 16


def test_a_step_that_fails_leaves_everything_as_it_was(engine: sa.Engine) -> None:
    """m0001 finds its table, m0002 finds another one in its way: nothing of either stays."""
    FIRST.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE holds (id INTEGER)"))

    with pytest.raises(sa.exc.DBAPIError):
        migrate(engine)
    found = sa.inspect(engine)
    assert not found.has_table(VERSION_TABLE)
    assert "tier" not in {column["name"] for column in found.get_columns("runs")}


OPENER = """
import sys
from etl.state import open_state
print("ready", flush=True)
sys.stdin.readline()
open_state(sys.argv[1])
"""


def test_several_processes_open_a_new_database_at_once(state_url: str, engine: sa.Engine) -> None:
    command = [sys.executable, "-c", OPENER, state_url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    openers = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(3)]
    assert [opener.stdout.readline() for opener in openers] == ["ready\n"] * 3
    for opener in openers:
        opener.stdin.write("go\n")
        opener.stdin.close()

    assert [opener.wait() for opener in openers] == [0, 0, 0]
    assert version(engine) == steps()[-1]
    for opener in openers:
        opener.stdout.close()


def test_the_steps_are_one_straight_line() -> None:
    before = None
    for number, path in enumerate(sorted(MIGRATIONS.glob("m*.py")), start=1):
        text = path.read_text("utf-8")
        revision = re.search(r'^revision = "(m\d{4})"$', text, re.M)
        down = re.search(r'^down_revision = (?:"(m\d{4})"|None)$', text, re.M)
        assert revision is not None and down is not None, path.name
        assert revision[1] == f"m{number:04}" == path.stem[:5], path.name
        assert down[1] == before, path.name
        before = revision[1]
    assert before == steps()[-1]
