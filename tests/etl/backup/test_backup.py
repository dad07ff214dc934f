"""What a backup holds, what it never holds, and that a city goes on from it as if nothing had happened."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl.folders import Folders
from tests.machinery.small_city import current, etl, files_of, write_small_city

TOPICS = ("evictions", "housing_supply")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_city(tmp_path_factory.mktemp("backup") / "city")


@pytest.fixture(scope="module")
def var(city: Path) -> Path:
    """What a run of two topics left. Shared: read only."""
    ended = etl("run", city, *TOPICS, "--var", city.parent / "var")
    assert ended.code == 0, ended.said
    return city.parent / "var"


@pytest.fixture(scope="module")
def file(city: Path, var: Path) -> Path:
    target = city.parent / "night.tar.gz"
    ended = etl("backup", city, target, "--var", var)
    assert ended.code == 0, ended.said
    return target


def _names(file: Path) -> set[str]:
    with tarfile.open(file) as archive:
        return {member.name for member in archive}


def test_nobody_else_may_read_it(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_holds_what_cannot_be_made_again_and_no_record(file: Path, var: Path) -> None:
    names = _names(file)
    for kind in (
        "private/keys/events.key",
        "private/measurements/",
        "private/book/",
        "private/zones/",
        "public/releases/",
    ):
        assert any(name.startswith(kind) for name in names), kind
    assert {"state/privacy_ledger.jsonl", "state/runs.jsonl", "contents.json"} <= names
    for kind in ("vault", "snapshots", "scratch", "arriving", "staging"):
        assert not any(name.startswith(f"private/{kind}") for name in names), kind
    assert (var / "private/vault").exists(), "there was something to leave out"


def test_records_are_in_it_only_when_asked_for(city: Path, var: Path, tmp_path: Path) -> None:
    assert etl("backup", city, tmp_path / "all.tar.gz", "--with-records", "--var", var).code == 0
    assert any(name.startswith("private/vault/evictions/") for name in _names(tmp_path / "all.tar.gz"))


def test_a_restored_city_goes_on_and_measures_nothing_twice(city: Path, var: Path, file: Path, tmp_path: Path) -> None:
    back = tmp_path / "back"
    ended = etl("restore", city, file, "--var", back, "--json")
    assert ended.code == 0, ended.said
    assert files_of(back / "public") == files_of(var / "public")
    assert (back / "private").stat().st_mode & 0o777 == 0o700
    assert etl("audit", back / "public").code == 0
    before = current(back / "public")
    ledger = _ledger(back)
    ended = etl("run", city, *TOPICS, "--var", back)
    assert ended.code == 0, ended.said
    assert current(back / "public") == before
    assert _ledger(back) == ledger, "nothing new was charged"
    assert files_of(back / "private/measurements") == files_of(var / "private/measurements")


def _ledger(root: Path) -> list[tuple[object, ...]]:
    engine = sa.create_engine(f"sqlite:///{root / 'private/state.sqlite'}")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text("SELECT * FROM privacy_ledger"))]
    engine.dispose()
    assert rows
    return rows


def test_it_can_be_put_back_into_postgresql(file: Path, tmp_path: Path, fresh_database: str) -> None:
    from etl.backup import restore
    from etl.state import open_state

    made = restore(file, tmp_path / "back", city="alderbank", state_url=fresh_database)
    state = open_state(fresh_database)
    with state.engine.connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM privacy_ledger")).scalar()
    assert count == made.tables["privacy_ledger"] > 0
    last = state.last("evictions", good=True)
    assert last is not None
    assert state.begin("evictions", last.started) > last.id, "new rows are numbered after the old ones"
    with pytest.raises(sa.exc.DBAPIError), state.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM privacy_ledger"))
    state.engine.dispose()
    with pytest.raises(Exception, match="is not empty"):
        restore(file, tmp_path / "again", city="alderbank", state_url=fresh_database)
    assert not (tmp_path / "again").exists()


@pytest.fixture
def fresh_database(postgres_url: str) -> Iterator[str]:
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS restored"))
        connection.execute(sa.text("CREATE DATABASE restored"))
    yield sa.make_url(postgres_url).set(database="restored").render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text("DROP DATABASE restored WITH (FORCE)"))
    server.dispose()


@pytest.mark.parametrize("harm", ["cut", "changed", "no archive", "another city's"])
def test_nothing_is_put_back_from_a_damaged_file(city: Path, file: Path, tmp_path: Path, harm: str) -> None:
    bad = tmp_path / "bad.tar.gz"
    shutil.copy(file, bad)
    folder = city
    match harm:
        case "cut":
            bad.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        case "changed":
            with tarfile.open(file) as archive:
                archive.extractall(tmp_path / "open", filter="data")
            key = tmp_path / "open/private/keys/events.key"
            key.write_bytes(bytes(32))
            with tarfile.open(bad, "w:gz") as archive:
                archive.add(tmp_path / "open", ".")
        case "no archive":
            bad.write_text("not a backup")
        case _:
            folder = Path(shutil.copytree(city, tmp_path / "city"))
            text = (folder / "city.toml").read_text()
            (folder / "city.toml").write_text(text.replace('id = "alderbank"', 'id = "elsewhere"'))
    ended = etl("restore", folder, bad, "--var", tmp_path / "back")
    assert ended.code == (2 if harm == "another city's" else 16)
    assert not (tmp_path / "back").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".back")] == []


def test_nothing_is_written_over(city: Path, var: Path, file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    assert etl("backup", city, file, "--var", var).code == 2
    assert etl("backup", city, var / "inside.tar.gz", "--var", var).code == 2
    assert etl("restore", city, file, "--var", var).code == 2
    assert file.read_bytes() == before
    assert not (var / "inside.tar.gz").exists()


def test_it_waits_for_no_run_and_disturbs_none(city: Path, var: Path, tmp_path: Path) -> None:
    with Folders(var).locked():
        ended = etl("backup", city, tmp_path / "x.tar.gz", "--var", var, "--json")
    assert ended.code == 15
    assert not (tmp_path / "x.tar.gz").exists()


def test_contents_name_every_file_with_its_hash(file: Path) -> None:
    with tarfile.open(file) as archive:
        told = archive.extractfile("contents.json")
        assert told is not None
        contents = json.loads(told.read())
    names = _names(file) - {"contents.json"}
    assert set(contents["files"]) | {f"state/{name}.jsonl" for name in contents["tables"]} == names
