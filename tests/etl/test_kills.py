"""kill -9 at every step of a real run: the store shows the old release or the new one, whole; nothing is drawn twice.

The steps are told by the run itself, on standard output. What happens inside publishing and measuring is killed step by
step in tests/layers/test_publisher.py and tests/etl/protect/test_measure_once.py.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from layers.store.reader import Store
from tests.machinery.small_city import (
    ROOT,
    command,
    current,
    declare,
    etl,
    files_of,
    status_of,
    write_small_city,
)

TOPICS = ("evictions", "housing_supply")
BEFORE, TODAY = "2026-10-10", "2026-11-15"
"""Between these two days September and the third quarter close: the next run has something to measure."""

STEPS = (
    #  what the run has just said when it is killed
    ("households", "ingest"),
    ("zones", "read"),
    ("addresses", "public"),
    ("evictions", "ingest"),
    ("evictions", "validate"),
    ("evictions", "locate"),
    ("evictions", "vault"),
    ("evictions", "protect"),
    ("evictions", "audit"),
    ("evictions", "published"),
    ("housing_supply", "ingest"),
    ("housing_supply", "validate"),
    ("housing_supply", "locate"),
    ("housing_supply", "vault"),
    ("housing_supply", "count"),
    ("housing_supply", "audit"),
    ("housing_supply", "published"),
)


LASTING = (
    ("evictions", "ingest"),
    ("evictions", "vault"),
    ("evictions", "protect"),
    ("evictions", "audit"),
    ("evictions", "published"),
    ("housing_supply", "vault"),
    ("housing_supply", "published"),
)
"""Steps that leave something that the next run goes on from: each is killed on its own. The others are killed one after
the other in one city; the long run kills each of those on its own as well."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A city on the day on which a period has closed, what was published before, and how a quiet run ends."""

    city: Path
    var: Path
    old: dict[str, str]
    steps: tuple[tuple[str, str], ...]
    spent: list[dict[str, Any]]

    def copied(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.var, folder / "var"))

    def run(self, var: Path, *topics: str) -> list[str]:
        return command("run", self.city, *(topics or TOPICS), "--var", var, "--json")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("kills")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text.replace(TODAY, BEFORE))
    assert etl("run", city, *TOPICS, "--var", folder / "var").code == 0
    old = current(folder / "var/public")
    declare(city / "city.toml", lambda text: text.replace(BEFORE, TODAY))
    quiet = Path(shutil.copytree(folder / "var", folder / "quiet"))
    ended = etl("run", city, *TOPICS, "--var", quiet, "--json")
    assert ended.code == 0
    assert all(current(quiet / "public")[topic] != old[topic] for topic in TOPICS)
    steps = tuple((told["topic"], told.get("step") or told["outcome"]) for told in ended.objects)
    return Scene(city, folder / "var", old, steps, _spent(city, quiet))


def test_the_steps_are_those_of_a_run(scene: Scene) -> None:
    assert scene.steps == STEPS


def each_step() -> list[object]:
    return [step if step in LASTING else pytest.param(step, marks=pytest.mark.slow) for step in STEPS]


@pytest.mark.parametrize("step", each_step(), ids="-".join)
def test_killed_after_a_step(scene: Scene, tmp_path: Path, step: tuple[str, str]) -> None:
    var = scene.copied(tmp_path)
    _kill(scene.run(var, *_own(step)), _says(step))
    _all_is_well(scene, var)


@pytest.mark.slow
def test_killed_again_and_again_until_it_is_done(scene: Scene, tmp_path: Path) -> None:
    """Every run gets one step further than the one before; nothing is paid twice."""
    var = scene.copied(tmp_path)
    fleeting = [step for step in STEPS if step not in LASTING]
    for step in fleeting[:-1]:
        _kill(scene.run(var, *_own(step)), _says(step))
        _is_whole(var / "public")
    _kill(scene.run(var), _says(fleeting[-1]))
    _all_is_well(scene, var)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_killed_at_any_moment(scene: Scene, tmp_path: Path, seed: int) -> None:
    """Also on a first run, where keys and zones are made."""
    chance = random.Random(seed)
    var = scene.copied(tmp_path) if seed % 2 else tmp_path / "var"
    _kill(scene.run(var), lambda told: True, after=chance.uniform(0, 3))
    _all_is_well(scene, var, first=not seed % 2)


def test_a_killed_run_is_told_as_unfinished(scene: Scene, tmp_path: Path) -> None:
    var = scene.copied(tmp_path)
    _kill(scene.run(var), lambda told: told.get("step") == "locate")

    ended = etl("status", scene.city, "--var", var, "--json")

    assert ended.code == 0
    assert status_of(var / "public", "evictions")["release"] == scene.old["evictions"]


LEFT_BEHIND = (
    "private/scratch/1f/requests.csv.txt",
    "private/snapshots/court/.arriving-41/detainer_warrants.csv.gz",
    "private/vault/evictions/.court.parquet.0a1b2c3d",
    "private/keys/.homes.key.0a1b2c3d",
    "private/book/evictions/public/filings-month-district/.2026.parquet.41.part",
    "public/releases/evictions/.draft-2026-11-15-0123456789ab-0a1b2c3d/counts.parquet",
    "public/geo/.district.x.geojson.0a1b2c3d",
    "public/.current.json.0a1b2c3d",
    "public/keys/.keys.json.0a1b2c3d",
    "private/staging/1f/releases/evictions/2026-11-15-0123456789ab/counts.parquet",
    "private/audit/.evictions-public.json.part",
)


def test_the_next_run_sweeps_what_was_left_behind(scene: Scene, tmp_path: Path) -> None:
    var = scene.copied(tmp_path)
    for name in LEFT_BEHIND:
        (var / name).parent.mkdir(parents=True, exist_ok=True)
        (var / name).write_bytes(b"half")

    assert etl("run", scene.city, "housing_supply", "--var", var).code == 0

    assert _leftovers(var) == []


def _all_is_well(scene: Scene, var: Path, *, first: bool = False) -> None:
    """After the kill, and after the run that follows it, and after one more."""
    if not first:
        up = current(var / "public")
        assert up.keys() == scene.old.keys()
    _is_whole(var / "public")
    drawn = files_of(var / "private", "measurements")

    again = etl("run", scene.city, *TOPICS, "--var", var, "--json")

    assert again.code == 0, again.said
    assert again.published() == current(var / "public")
    _is_whole(var / "public")
    kept = files_of(var / "private", "measurements")
    assert {name: kept.get(name) for name in drawn if not _is_part(name)} == {
        name: seal for name, seal in drawn.items() if not _is_part(name)
    }
    assert _spent(scene.city, var) == scene.spent, "the ledger paid each measurement once"
    assert _leftovers(var) == []
    _third_run_reads_back(scene, var, kept)


def _third_run_reads_back(scene: Scene, var: Path, kept: dict[str, str]) -> None:
    """What is published is what the sealed measurements say: reading them back gives the same release."""
    before = files_of(var / "public", "current.json", "releases", "geo")
    once_more = etl("run", scene.city, "evictions", "--var", var, "--json")
    assert [told["measured"] for told in once_more.objects if told.get("step") == "protect"] == [0]
    assert files_of(var / "public", "current.json", "releases", "geo") == before
    assert files_of(var / "private", "measurements") == kept


def _own(step: tuple[str, str]) -> tuple[str, ...]:
    """The topic whose run takes this step first: enough for it, and quicker than a run of both."""
    return (TOPICS[STEPS.index(step) >= STEPS.index(("housing_supply", "ingest"))],)


def _says(step: tuple[str, str]) -> Callable[[dict[str, Any]], bool]:
    return lambda told: (told["topic"], told.get("step") or told.get("outcome")) == step


def _kill(words: list[str], when: Callable[[dict[str, Any]], bool], *, after: float = 0.0) -> None:
    """Runs a command and kills it as soon as it says what is waited for (and some seconds later)."""
    process = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if when(json.loads(line)):
                time.sleep(after)
                break
        else:
            pytest.fail("it ended before it could be killed")
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()


def _is_whole(public: Path) -> None:
    """Whatever the pointer names is there, file by file, as its manifest says."""
    if not (public / "current.json").exists():
        return
    store = Store(public)
    for topic in store.current():
        release = store.release(topic)
        for told in release.manifest.files:
            content = (release.folder / told.name).read_bytes()
            assert hashlib.sha256(content).hexdigest() == told.sha256, told.name
        assert release.counts().height == release.manifest.rows
    json.loads((public / "status.json").read_bytes() if (public / "status.json").exists() else b"{}")


def _spent(city: Path, var: Path) -> list[dict[str, Any]]:
    return [told for told in etl("status", city, "--var", var, "--json").objects if "ledger" in told]


def _is_part(name: str) -> bool:
    return name.endswith(".part")


def _leftovers(var: Path) -> list[str]:
    """What a killed run had not finished: unpacked feeds, what was staged, halves whose names begin with a dot."""
    scratch = [path for name in ("scratch", "staging") for path in (var / "private" / name).glob("*")]
    return [path.relative_to(var).as_posix() for path in (*scratch, *var.rglob(".*"))]
