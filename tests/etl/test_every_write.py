"""Wherever a command writes, the disk is full or read-only from there on, or the command is killed.

Afterwards the store shows a whole release, nothing was drawn twice, and the same command again ends as it would have.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers.store.reader import Store
from tests.etl.drift.made_city import HEADER, MadeCity, made_city, requests
from tests.machinery.disturbed import Disturber, How, Write, disturber
from tests.machinery.small_city import current, declare, etl, files_of, write_small_city

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ANN = ("--by", "Ann Ames", "--reason", "the office told us")
BEFORE, TODAY = "2026-10-10", "2026-11-15"


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Disturber:
    return disturber(tmp_path_factory.mktemp("between"))


# ---------------------------------------------------------------- a run that measures


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `city` and `var`: on its day a month and a quarter have closed since the last run."""
    folder = tmp_path_factory.mktemp("town")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text.replace(TODAY, BEFORE))
    assert etl("run", city, "evictions", "--var", folder / "var").code == 0
    declare(city / "city.toml", lambda text: text.replace(BEFORE, TODAY))
    return folder


@pytest.mark.parametrize("how", ["full", "readonly", "kill"])
def test_a_run(town: Path, between: Disturber, tmp_path: Path, how: How) -> None:
    def words(folder: Path) -> tuple[object, ...]:
        return ("run", folder / "city", "evictions", "--var", folder / "var", "--json")

    quiet = Path(shutil.copytree(town, tmp_path / "quiet"))
    writes = between.writes(quiet / "var", *words(quiet))
    paid = _ledger(quiet)
    for write in _one_each(writes, how, most=40):
        folder = Path(shutil.copytree(town, tmp_path / "at"))
        ended = between.disturbed(how, write, folder / "var", *words(folder))
        assert ended.code == (-9 if how == "kill" else ended.code), write
        assert ended.code in (-9, 0, 16), (write, ended.said)
        assert "Traceback" not in ended.said, write
        _is_whole(folder / "var/public")
        drawn = _measured(folder)
        again = etl(*words(folder))
        assert again.code == 0, (write, again.said)
        _is_whole(folder / "var/public")
        assert drawn.items() <= _measured(folder).items(), write
        assert _ledger(folder) == paid, write
        shutil.rmtree(folder)


def _one_each(writes: list[Write], how: How, *, most: int) -> Iterator[Write]:
    """One operation on each of some files, by chance; where the disk refuses, any of a file's is refused alike."""
    chance = random.Random(len(writes))
    places: dict[str, list[Write]] = {}
    for write in writes:
        sites = write.place if how == "kill" else write.place.partition(" ")[2]
        if how == "kill" or write.what not in ("unlink", "rename"):
            places.setdefault(sites, []).append(write)
    chosen = [chance.choice(each) for each in places.values()]
    yield from sorted(chance.sample(chosen, min(most, len(chosen))), key=lambda write: write.number)


def _is_whole(public: Path) -> None:
    store = Store(public)
    for topic in store.current():
        release = store.release(topic)
        for told in release.manifest.files:
            assert (release.folder / told.name).stat().st_size == told.bytes
        assert release.counts().height == release.manifest.rows


def _measured(folder: Path) -> dict[str, str]:
    files = files_of(folder / "var/private", "measurements")
    return {name: seal for name, seal in files.items() if not name.endswith(".part")}


def _ledger(folder: Path) -> list[object]:
    told = etl("status", folder / "city", "--var", folder / "var", "--json").objects
    return [each for each in told if "ledger" in each]


# ---------------------------------------------------------------- what a person decides, and what is kept


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a city whose feed is held, and a second one where a column was renamed."""
    folder = tmp_path_factory.mktemp("held")
    for name in ("shrunk", "renamed"):
        city = made_city(folder / name, f"sqlite:///{folder / name}/var/private/state.sqlite")
        assert city.etl("run").code == 0
        if name == "shrunk":
            city.send(list(requests())[::3])
        else:
            city.send(list(requests()), ["Number", "Date Opened", *HEADER[2:]])
        assert city.etl("run").code in (11, 12)
    return folder


def _approved(city: MadeCity) -> None:
    decided = city.etl("holds", "decisions", "--json").objects
    still = [each for each in city.etl("holds", "--json").objects if "fingerprint" in each]
    assert len(decided) + len(still) == 1, "decided and written down, or neither"
    assert city.etl("holds", "approve", "requests", *ANN).code == (2 if decided else 0)
    assert len(city.etl("holds", "decisions", "--json").objects) == 1
    assert city.etl("run").code == 0


def _mapped(city: MadeCity) -> None:
    assert city.etl("status").code == 0, "the declaration is whole"
    written = "Date Opened" in city.declaration.read_text()
    assert city.etl("holds", "map", "requests", "Opened", "Date Opened", *ANN).code == (2 if written else 0)
    assert city.etl("run").code == 0


def _rolled_back(city: MadeCity) -> None:
    (release,) = current(city.var / "public").values()
    assert json.loads((city.var / "public/current.json").read_bytes()) == {"service_requests": release}
    assert city.etl("releases", "rollback", "service_requests", release).code == 0


def _withdrawn(city: MadeCity) -> None:
    assert city.etl("releases", "withdraw", "service_requests", "--records", str(city.folder / "gone.csv"),
                    "--reason", "sealed").code == 0  # fmt: skip
    city.send(list(requests()))
    assert city.etl("run").code == 0
    release = Store(city.var / "public").release("service_requests")
    assert {figure.name: figure.value for figure in release.manifest.quality}["records"] == 1198


def _backed_up(city: MadeCity) -> None:
    file = city.folder.parent / "backup.tar.gz"
    assert file.exists() == (city.etl("backup", str(file)).code == 2), "whole, or not there"
    restored = city.folder.parent / "restored"
    ended = etl("restore", city.folder, file, "--var", restored)
    assert ended.code == 0, ended.said


ACTS: dict[str, tuple[str, tuple[str, ...], Callable[[MadeCity], None]]] = {
    "holds approve": ("shrunk", ("holds", "approve", "requests", *ANN), _approved),
    "holds map": ("renamed", ("holds", "map", "requests", "Opened", "Date Opened", *ANN), _mapped),
    "releases rollback": ("shrunk", ("releases", "rollback", "service_requests", "RELEASE"), _rolled_back),
    "releases withdraw": (
        "shrunk", ("releases", "withdraw", "service_requests", "--records", "GONE", "--reason", "sealed"), _withdrawn,
    ),
    "backup": ("shrunk", ("backup", "FILE"), _backed_up),
}  # fmt: skip


@pytest.mark.parametrize("how", ["kill", "full"])
@pytest.mark.parametrize("act", ACTS)
def test_an_act(held: Path, between: Disturber, tmp_path: Path, act: str, how: How) -> None:
    name, (verb, *words), check = ACTS[act]

    def copied(to: str) -> tuple[MadeCity, tuple[object, ...]]:
        folder = Path(shutil.copytree(held / name, tmp_path / to))
        city = MadeCity(folder / "city", folder / "var", f"sqlite:///{folder}/var/private/state.sqlite")
        (city.folder / "gone.csv").write_text("id\nR-00000\nR-00001\n")
        (release,) = current(city.var / "public").values()
        said = {"RELEASE": release, "GONE": str(city.folder / "gone.csv"), "FILE": str(folder / "backup.tar.gz")}
        return city, (verb, city.folder, *(said.get(word, word) for word in words), "--var", city.var)

    quiet, command = copied("quiet")
    for write in _one_each(between.writes(quiet.folder.parent, *command), how, most=10):
        city, command = copied("at")
        ended = between.disturbed(how, write, city.folder.parent, *command)
        assert ended.code == -9 if how == "kill" else ended.code in (0, 16), (write, ended.said)
        assert "Traceback" not in ended.said, write
        check(city)
        shutil.rmtree(city.folder.parent)
