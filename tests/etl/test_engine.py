"""Where pieces run makes no difference to what they give, and a worker that dies takes nothing with it."""

import os
import pickle
import shutil
import signal
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.engine import Cluster, Here, Pool, Runs, engine
from etl.errors import DeclarationError, StorageFailed
from etl.exact import counting
from etl.exact.counting import Order, count_order, counted
from etl.exact.pieces import pieces_of
from tests.etl.exact.requests import event, frame, plan
from tests.etl.exact.test_counting import kept_by_month
from tests.machinery.small_city import current, etl, files_of, write_small_city

if TYPE_CHECKING:
    from distributed import LocalCluster

PLAN = plan(as_of=date(2026, 2, 10), covers_from=date(2025, 1, 1))
YEAR = frame(*(event(datetime(2025, month, day)) for month in range(1, 13) for day in (3, 4)))


@pytest.mark.parametrize("wrong", ["threads", "processes:0", "processes:many", "processes", "local:2", "http://host:1"])
def test_a_name_that_is_no_engine_is_refused_with_the_names_that_are(wrong: str) -> None:
    with pytest.raises(DeclarationError, match=r"dask://host:port"), engine(wrong, cores=2):
        pass


@pytest.mark.parametrize(
    ("declared", "cores", "processes"),
    # a few cores: this process; more: one process for every four of them, or as many as were asked for
    [(None, 2, None), ("local", 7, None), (None, 8, 2), ("local", 64, 16), ("processes:3", 6, 3)],
)
def test_a_local_engine_fits_the_machine(declared: str | None, cores: int, processes: int | None) -> None:
    with engine(declared, cores=cores) as runs:
        assert isinstance(runs, Here if processes is None else Pool)
        assert getattr(runs, "processes", None) == processes


def test_the_command_line_and_the_environment_name_the_engine(tmp_path: Path) -> None:
    city = write_small_city(tmp_path / "city")
    ended = etl("run", city, "--var", tmp_path / "var", "--engine", "steam")

    assert ended.code == 2
    assert "--engine" in ended.said


def test_no_scheduler_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.engine._ANSWER_SECONDS", 0.2)
    with pytest.raises(DeclarationError, match="no scheduler answers"), engine("dask://127.0.0.1:1", cores=2):
        pass


def test_an_order_holds_paths_and_no_key_or_record(tmp_path: Path) -> None:
    """Whoever sees the scheduler's memory or log sees what was asked of which files: nothing of what is in them."""
    piece = pieces_of(PLAN)[0]
    order = Order(piece, (tmp_path / "2025-01.parquet",), "created", ("trees",), datetime(2026, 2, 11), tmp_path / "to")

    assert pickle.loads(pickle.dumps(order)) == order
    assert not [name for name in Order.__dataclass_fields__ if "key" in name]


# ---------------------------------------------------------------- slow: real processes, a real scheduler


def count_or_die(order: Order) -> Path:
    """Counts a piece; the first that asks for May is killed in the middle of it."""
    mark = order.to.parent / "died"
    if order.piece.period == date(2025, 5, 1) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return count_order(order)


def die(order: Order) -> Path:
    """Always killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return order.to


@pytest.fixture(scope="module")
def cluster() -> Iterator["LocalCluster"]:
    """A scheduler and two worker processes on loopback."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as running:
        yield running


def counted_by(runs: Runs, folder: Path) -> pl.DataFrame:
    folder.mkdir()
    held = kept_by_month(YEAR, folder)
    rows, tally = counted(PLAN, held, runs, date_column="created", categories=None, ground="", folder=folder / "counts")
    assert tally.counted == 12 + 4 + 1
    return rows


def private_counts(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in files_of(folder / "counts").items() if name != "died"}


@pytest.mark.slow
def test_a_killed_process_of_the_pool_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = counted_by(Here(), tmp_path / "here")
    monkeypatch.setattr(counting, "count_order", count_or_die)
    pooled = counted_by(Pool(2, 1), tmp_path / "pool")

    assert (tmp_path / "pool/counts/died").exists()
    assert_frame_equal(pooled, here)
    assert private_counts(tmp_path / "pool") == private_counts(tmp_path / "here")


@pytest.mark.slow
def test_pieces_that_kill_every_process_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "count_order", die)
    with pytest.raises(StorageFailed, match="killed again and again"):
        counted_by(Pool(2, 1), tmp_path / "pool")


@pytest.mark.slow
def test_a_worker_of_the_cluster_killed_in_the_middle_changes_nothing(
    tmp_path: Path, cluster: "LocalCluster", monkeypatch: pytest.MonkeyPatch
) -> None:
    here = counted_by(Here(), tmp_path / "here")
    monkeypatch.setattr(counting, "count_order", count_or_die)
    with engine(cluster.scheduler_address.replace("tcp", "dask"), cores=2) as runs:
        assert isinstance(runs, Cluster)
        spread = counted_by(runs, tmp_path / "spread")

    assert (tmp_path / "spread/counts/died").exists()
    assert_frame_equal(spread, here)
    assert private_counts(tmp_path / "spread") == private_counts(tmp_path / "here")


@pytest.mark.slow
def test_a_city_run_on_a_cluster_publishes_the_same_bytes(tmp_path: Path, cluster: "LocalCluster") -> None:
    """Both runs stand on the same measurements, so that the release must be the same to the byte."""
    city, here, spread = write_small_city(tmp_path / "city"), tmp_path / "here", tmp_path / "spread"
    assert etl("run", city, "service_requests", "--var", here).code == 0
    shutil.copytree(here, spread)
    shutil.rmtree(spread / "private/counts")
    shutil.rmtree(spread / "public/releases")
    (spread / "public/current.json").unlink()
    address = cluster.scheduler_address.replace("tcp", "dask")
    ended = etl("run", city, "service_requests", "--var", spread, "--engine", address)

    assert ended.code == 0, ended.said
    assert current(spread / "public") == current(here / "public")
    assert files_of(spread / "private/counts") == files_of(here / "private/counts")
    release = f"releases/service_requests/{current(here / 'public')['service_requests']}"
    made = ("counts.parquet", "zones.parquet", "downloads")
    assert files_of(spread / "public" / release, *made) == files_of(here / "public" / release, *made)
