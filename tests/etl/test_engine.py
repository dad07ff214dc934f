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
from etl.feeds import apart
from etl.feeds.apart import judge_part, place_part
from etl.feeds.placement import Placement
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


def test_an_order_for_a_part_of_a_feed_holds_a_folder_and_a_number(tmp_path: Path) -> None:
    order = apart.Order(tmp_path, 7)

    assert pickle.loads(pickle.dumps(order)) == order
    assert order.file("text") == tmp_path / "text-00007"
    assert set(apart.Order.__dataclass_fields__) == {"folder", "number"}


def test_what_parts_have_in_common_holds_no_key() -> None:
    """It lies in a file; keys are read from where they are kept."""
    told = {**Placement.__dataclass_fields__, **apart.Judging.__dataclass_fields__}
    assert not [name for name, each in told.items() if "key" in name or each.type is bytes]


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


def judge_or_die(order: apart.Order) -> Path:
    """Judges a part; the first that asks for the second one is killed in the middle of it."""
    _die_once(order, "judging")
    return judge_part(order)


def place_or_die(order: apart.Order) -> Path:
    """The same of placing."""
    _die_once(order, "placing")
    return place_part(order)


def _die_once(order: apart.Order, what: str) -> None:
    """The mark lies where nobody removes it: beside the city's folders."""
    mark = order.folder.parents[2] / f"died-{what}"
    if order.number == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cluster", "processes:2"])
def test_a_city_run_elsewhere_publishes_the_same_bytes(
    tmp_path: Path, cluster: "LocalCluster", monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Feeds in parts are judged, placed and counted by processes of which some are killed in the middle.

    The other run reads its feed whole. Both stand on the same keys and measurements, so that vault and release must be
    the same to the byte.
    """
    city, here, spread = write_small_city(tmp_path / "city"), tmp_path / "here", tmp_path / "spread"
    assert etl("run", city, "service_requests", "--var", here).code == 0
    shutil.copytree(here, spread)
    for made in ("private/counts", "private/vault/service_requests", "private/locate", "public/releases"):
        shutil.rmtree(spread / made, ignore_errors=True)
    (spread / "public/current.json").unlink()
    monkeypatch.setattr("etl.feeds.parts.ROWS", 60)
    monkeypatch.setattr(apart, "judge_part", judge_or_die)
    monkeypatch.setattr(apart, "place_part", place_or_die)
    address = cluster.scheduler_address.replace("tcp", "dask") if kind == "cluster" else kind
    ended = etl("run", city, "service_requests", "--var", spread, "--engine", address)

    assert ended.code == 0, ended.said
    assert {path.name for path in spread.glob("died-*")} == {"died-judging", "died-placing"}
    assert current(spread / "public") == current(here / "public")
    for kept in ("private/counts", "private/vault/service_requests"):
        assert files_of(spread / kept) == files_of(here / kept)
    assert not list((spread / "private/scratch").glob("*"))
    release = f"releases/service_requests/{current(here / 'public')['service_requests']}"
    made = ("counts.parquet", "zones.parquet", "downloads")
    assert files_of(spread / "public" / release, *made) == files_of(here / "public" / release, *made)


def certificate(folder: Path) -> dict[str, str]:
    """A certificate for scheduler, workers and client, as the settings of the cluster's library."""
    from distributed.security import Security

    made = Security.temporary()
    place = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    for path, text in zip(place, (made.tls_ca_file, made.tls_client_cert, made.tls_client_key), strict=True):
        path.write_text(str(text))
    ca, cert, key = map(str, place)
    parts = {f"distributed.comm.tls.{who}": {"cert": cert, "key": key} for who in ("scheduler", "worker", "client")}
    return {"distributed.comm.tls.ca-file": ca, "distributed.comm.require-encryption": True, **parts}  # type: ignore[dict-item]


@pytest.mark.slow
def test_a_cluster_that_asks_for_encryption_is_reached_over_tls_and_no_other_way(tmp_path: Path) -> None:
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    here = counted_by(Here(), tmp_path / "here")
    with (
        dask.config.set(certificate(tmp_path)),
        LocalCluster(
            n_workers=2, threads_per_worker=1, protocol="tls://", security=Security(), dashboard_address=None
        ) as encrypted,
    ):
        place = encrypted.scheduler_address.removeprefix("tls://")
        with engine(f"dask+tls://{place}", cores=2) as runs:
            spread = counted_by(runs, tmp_path / "spread")
        with pytest.raises(DeclarationError, match="no scheduler answers"), engine(f"dask://{place}", cores=2):
            pass

    assert_frame_equal(spread, here)
