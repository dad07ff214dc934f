"""What Prometheus may read: how runs went and what privacy has cost; never how many records there were."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl.city import City, load_city
from etl.errors import DeclarationError
from etl.metrics.figures import metrics_text
from etl.metrics.server import metrics_server
from etl.state import SourceRun, State
from tests.machinery.small_city import write_small_city

START = datetime(2026, 11, 14, 5, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load_city(write_small_city(tmp_path_factory.mktemp("metrics") / "city"))


def figures(city: City, state: State, folder: Path) -> dict[str, float]:
    text = metrics_text(city, state, lambda tier: folder / tier, lambda: START + timedelta(days=1)).decode()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_runs_holds_and_lateness_are_told_by_topic_and_tier(city: City, state: State, tmp_path: Path) -> None:
    supply = state.begin("housing_supply", START)
    state.end(supply, START + timedelta(seconds=40), 0, release="2026-11-14-xyz")
    good = state.begin("evictions", START)
    state.note_source(good, SourceRun("court", "ab", 4711, 4242, {"bad_date": 13}, {"address": 4242}))
    state.end(good, START + timedelta(seconds=40), 0, release="2026-11-14-abc")
    held = state.begin("shutoffs", START)
    state.end(held, START + timedelta(seconds=3), 12, reason="Too many rows were rejected.")

    told = figures(city, state, tmp_path)
    evictions, shutoffs = '{tier="public",topic="evictions"}', '{tier="public",topic="shutoffs"}'
    assert told[f"hearthmap_etl_last_run_exit_code{evictions}"] == 0
    assert told[f"hearthmap_etl_last_run_exit_code{shutoffs}"] == 12
    assert told['hearthmap_etl_last_run_seconds{tier="public",topic="housing_supply"}'] == 40
    assert f"hearthmap_etl_last_run_seconds{evictions}" not in told, "how long it took tells how much there was"
    assert told[f"hearthmap_etl_held{evictions}"] == 0
    assert told[f"hearthmap_etl_held{shutoffs}"] == 1
    assert told[f"hearthmap_etl_last_success_timestamp_seconds{evictions}"] == START.timestamp() - 15 * 60
    assert f"hearthmap_etl_last_success_timestamp_seconds{shutoffs}" not in told
    assert not {4711.0, 4242.0, 13.0} & set(told.values()), "no number of rows, rejects or places"


def test_a_city_that_never_ran_has_figures_too(city: City, state: State, tmp_path: Path) -> None:
    told = figures(city, state, tmp_path)
    assert told['hearthmap_etl_held{tier="public",topic="evictions"}'] == 0
    assert not any(name.startswith("hearthmap_etl_last_run") for name in told)


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    def text() -> bytes:
        if request.param == "broken":
            raise ValueError("123 Main St, Jane Doe")
        return b"hearthmap_etl_held 0\n"

    with metrics_server("127.0.0.1", 0, text) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("served", ["sound"], indirect=True)
def test_metrics_are_served_and_nothing_else(served: str) -> None:
    with urllib.request.urlopen(f"{served}/metrics", timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert answer.read() == b"hearthmap_etl_held 0\n"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served}/private/state.sqlite", timeout=5)
    assert refused.value.code == 404


@pytest.mark.parametrize("served", ["broken"], indirect=True)
def test_what_cannot_be_read_is_told_without_values(served: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served}/metrics", timeout=5)
    assert refused.value.code == 503
    assert "Main St" not in refused.value.read().decode()


@pytest.mark.parametrize("port", [-5, 99_999_999])
def test_a_port_that_is_none_is_a_fault_of_the_command_line(port: int) -> None:
    with pytest.raises(DeclarationError, match="--port"):
        metrics_server("127.0.0.1", port, bytes)
