"""The private database goes away while a run is under way: nothing is lost, published twice or half, measured twice."""

import io
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from etl.__main__ import main
from etl.progress import JsonLines
from tests.etl.drift.made_city import MadeCity, made_city
from tests.machinery.postgres import Running, restartable
from tests.machinery.small_city import Ended, current, files_of

TOPIC = "service_requests"
STEPS = ("ingest", "validate", "vault", "count", "audit")


@pytest.fixture(scope="module")
def database() -> Iterator[Running]:
    with restartable() as running:
        yield running


@pytest.fixture
def city(tmp_path: Path, database: Running) -> MadeCity:
    """A city whose first release is up, and which has news for the next run."""
    city = made_city(tmp_path, database.url)
    assert city.etl("run").code == 0
    city.change(lambda text: text.replace('title = "Requests"', 'title = "Requests to the city"'))
    return city


def run(city: MadeCity, database: Running, *, gone_at: str, back: bool) -> Ended:
    """A run; the database is cut off (SIGQUIT) when a step is told, and comes back at once or not before the end."""
    told = JsonLines.step

    def step(self: JsonLines, topic: str, name: str, **figures: object) -> None:
        told(self, topic, name, **figures)  # type: ignore[arg-type]  # figures as they came
        if (topic, name) == (TOPIC, gone_at):
            database.stop(signal.SIGQUIT)
            if back:
                database.start()

    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(JsonLines, "step", step), redirect_stdout(out), redirect_stderr(err):
        words = ["run", str(city.folder), "--var", str(city.var), "--json"]
        code = main(words, {"HEARTHMAP_STATE_URL": city.state_url})
    if not back:
        database.start()
    return Ended(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("step", [STEPS[0], pytest.param(STEPS[-1], marks=pytest.mark.slow)])
def test_a_restart_is_not_noticed(city: MadeCity, database: Running, step: str) -> None:
    """Every statement asks for a connection that lives; nothing is kept open over a step."""
    before = current(city.var / "public")
    ended = run(city, database, gone_at=step, back=True)
    assert ended.code == 0, ended.said
    assert current(city.var / "public") == ended.published() != before


@pytest.mark.parametrize("step", [pytest.param(STEPS[1], marks=pytest.mark.slow), STEPS[-1]])
def test_a_database_that_stays_away_ends_the_run_and_the_next_one_goes_on(
    city: MadeCity, database: Running, step: str
) -> None:
    """Whatever was published is whole: the old release or the new one. The run is told of in one line."""
    old = current(city.var / "public")[TOPIC]
    ended = run(city, database, gone_at=step, back=False)
    assert ended.code == 16
    assert len(ended.err.splitlines()) <= 1
    assert "The private database cannot be read or written." in ended.said
    up = current(city.var / "public")[TOPIC]
    assert up == old or step == STEPS[-1]

    status = city.etl("status")
    assert status.code == 0, status.said
    again = city.etl("run", "--json")
    assert again.code == 0, again.said
    assert again.published() == current(city.var / "public")
    assert up in (old, current(city.var / "public")[TOPIC])
    files = files_of(city.var / "public", "releases")
    assert city.etl("run").code == 0
    assert files_of(city.var / "public", "releases") == files
