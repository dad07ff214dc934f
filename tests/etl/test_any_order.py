"""Whatever commands are given in whatever order, some of them killed: what is up is whole, nothing is measured twice,
and every exit code is one that `etl explain` knows.
"""

import gzip
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import EXPLANATIONS
from layers.store.reader import Store
from tests.machinery.disturbed import Disturber, Write, disturber
from tests.machinery.small_city import Ended, declare, etl, files_of, write_small_city

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

KNOWN = {int(each.code) for each in EXPLANATIONS if each.code.isdigit()} - {70}
HELD = (12, 13)
"""A feed too short, or with too few places: what the days of these cities may bring."""
DAYS = ("2026-09-20", "2026-10-10", "2026-11-02", "2026-11-15")
COURT = "feeds/court/detainer_warrants.csv.gz"
ANN = ("--by", "Ann Ames", "--reason", "the office told us")


@dataclass
class Life:
    """A city from its first day on, and what it has measured so far."""

    folder: Path
    between: Disturber
    day: int = 0
    moves: int = 0
    measured: dict[str, str] = field(default_factory=dict)

    @property
    def city(self) -> Path:
        return self.folder / "city"

    @property
    def var(self) -> Path:
        return self.folder / f"var{self.moves}"

    def etl(self, command: str, *words: object) -> Ended:
        ended = etl(command, self.city, *words, "--var", self.var, "--json")
        assert ended.code in KNOWN, ended.said
        return ended

    def run(self, _: int) -> None:
        assert self.etl("run", "evictions").code in (0, *HELD)

    def killed(self, number: int) -> None:
        words = ("run", self.city, "evictions", "--var", self.var, "--json")
        self.var.mkdir(exist_ok=True)
        ended = self.between.disturbed("kill", Write(number, "", ""), self.var, *words)
        assert ended.code in (-9, 0, *HELD), ended.said

    def tomorrow(self, _: int) -> None:
        if self.day + 1 < len(DAYS):
            before, self.day = DAYS[self.day], self.day + 1
            declare(self.city / "city.toml", lambda text: text.replace(before, DAYS[self.day]))

    def feed(self, number: int) -> None:
        """A few records less than there are, or far too few, or all."""
        header, *rows = gzip.decompress((self.folder / "court.csv.gz").read_bytes()).splitlines(keepends=True)
        sent = rows[: len(rows) // 3] if number % 3 == 0 else rows[number % 3 :]
        (self.city / COURT).write_bytes(gzip.compress(b"".join([header, *sent])))

    def approve(self, _: int) -> None:
        assert self.etl("holds", "approve", "court", *ANN).code in (0, 2)

    def reject(self, _: int) -> None:
        assert self.etl("holds", "reject", "court", *ANN).code in (0, 2)

    def withdraw(self, number: int) -> None:
        rows = gzip.decompress((self.folder / "court.csv.gz").read_bytes()).splitlines()[1:]
        listed = self.folder / "sealed.csv"
        listed.write_bytes(rows[number % len(rows)].partition(b",")[0] + b"\n")
        words = ("withdraw", "evictions", "--records", listed, "--reason", "sealed")
        assert self.etl("releases", *words).code in (0, 2)

    def rollback(self, number: int) -> None:
        releases = sorted(path.name for path in (self.var / "public/releases/evictions").glob("[!.]*"))
        if releases:
            assert self.etl("releases", "rollback", "evictions", releases[number % len(releases)]).code == 0

    def move(self, _: int) -> None:
        """Back up, and go on in another folder with what was put back."""
        file = self.folder / f"backup{self.moves}.tar.gz"
        assert self.etl("backup", file).code == 0
        self.moves += 1
        assert self.etl("restore", file).code == 0

    def all_is_well(self) -> None:
        store = Store(self.var / "public")
        for topic in store.current() if (self.var / "public/current.json").exists() else ():
            release = store.release(topic)
            for told in release.manifest.files:
                assert (release.folder / told.name).stat().st_size == told.bytes
        drawn = files_of(self.var / "private", "measurements") if self.var.exists() else {}
        kept = {name: seal for name, seal in drawn.items() if not name.endswith(".part")}
        assert self.measured.items() <= kept.items(), "a measurement never changes and never goes"
        self.measured = kept
        assert self.etl("status").code == 0


ACTS: tuple[Callable[[Life, int], None], ...] = (
    Life.run, Life.killed, Life.tomorrow, Life.feed, Life.approve, Life.reject, Life.withdraw, Life.rollback, Life.move,
)  # fmt: skip
LIVES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 420)), min_size=4, max_size=12)


@pytest.fixture(scope="module")
def born(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A city before its first run. Copied for each life."""
    folder = tmp_path_factory.mktemp("born")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text.replace("2026-11-15", DAYS[0]))
    shutil.copy(city / COURT, folder / "court.csv.gz")
    return Life(folder, disturber(folder))


@given(LIVES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order(born: Life, acts: list[tuple[Callable[[Life, int], None], int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        life = replace(born, folder=Path(shutil.copytree(born.folder, Path(name) / "life")), measured={})
        for act, number in acts:
            act(life, number)
            life.all_is_well()
        life.feed(1)
        life.run(0)
        life.all_is_well()
