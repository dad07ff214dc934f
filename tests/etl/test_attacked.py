"""A pass is remembered for the very same figures about homes, and for nothing else.

two nights of evictions are published in public, one for partners; a third one is about to be

what the third night, or the city, says otherwise           attacked together again
nothing, another day, partners say the same again           no
anything that tells of homes, in either tier; other code    yes
something in the draft's own files or day that leaks        yes, and refused
"""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.audit.published import Published, PublishedRelease, published
from etl.audit.repeats import OF_THE_DAY, without_repeats
from etl.release import attacked
from etl.release.attacked import Attacked
from etl.steps import audit as step
from etl.steps.audit import ATTACKS, READS_THE_DAY, audit
from tests.etl.audit.stores import CLEAN, YEARS, ZONES, ladder, release

NIGHTS = [f"2026-04-{day}-000000000001" for day in (15, 16, 17)]
ANOTHER = CLEAN.replace("zone1/b         2025     17", "zone1/b         2025     18")
DEARER = {
    "measures": [{"name": "homes_filed", "tables": [t | {"sigma": 9.9} for t in ladder("evictions", "homes_filed")]}]
}
BOOKED = {"editions": [{"table": "filings-year-zone1", "period": "2025-01-01", "edition": 2, "reason": "x"}]}


class City:
    """Stores of both tiers, and the private folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.private = folder, folder / "private"

    def public(self, night: str, drawn: str = CLEAN, **said: Any) -> Path:
        return _published(self.folder / "public", night, drawn, said)

    def partners(self, night: str, drawn: str = CLEAN) -> Path:
        return _published(self.folder / "partner", night, drawn, {"protection": {"tier": "partner"}})

    def draft(self, drawn: str = CLEAN, **said: Any) -> Path:
        return _published(self.folder / "staging", NIGHTS[2], drawn, said)

    def seen(self) -> tuple[Attacked, Published, Published]:
        """What is remembered, what is attacked, and the draft in it."""
        before = Attacked(self.private, "evictions")
        stores = {"public": [self.folder / "public", self.folder / "staging"], "partner": [self.folder / "partner"]}
        everything = published(stores, "evictions", built_at=before.built_at)
        concerned = without_repeats(everything, said=before.said)
        staged = tuple(r for r in concerned.releases if self.folder / "staging" in r.folder.parents)
        return before, concerned, Published(staged or everything.of(tier="public")[-1:])

    def remember(self) -> None:
        before, concerned, draft = self.seen()
        before.keep(concerned, draft, audit(concerned))

    def passes(self) -> bool:
        """Whether the third night need not be attacked together with everything."""
        before, concerned, draft = self.seen()
        return before.passed(concerned, draft) is not None


def _published(store: Path, night: str, drawn: str, said: dict[str, Any]) -> Path:
    return release(store, drawn, id=night, **{"built_at": f"{night[:10]}T06:00:00Z", **said})


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    one = City(tmp_path_factory.mktemp("city"))
    one.private.mkdir()
    one.partners(NIGHTS[0])
    one.public(NIGHTS[0])
    one.public(NIGHTS[1])
    one.remember()
    return one.folder


@pytest.fixture
def city(two_nights: Path, tmp_path: Path) -> City:
    """A copy: its files have other stamps, so that only what they say can be known again."""
    return City(shutil.copytree(two_nights, tmp_path / "city"))


# ---------------------------------------------------------------- nothing new

SAME: dict[str, Callable[[City], Any]] = {
    "the same again": lambda city: city.draft(),
    "another day": lambda city: city.draft(as_of="2026-04-17", covers_to="2026-04-16"),
    "a side figure in whole percents": lambda city: city.draft(
        quality=[{"name": "placed", "value": 97.0, "unit": "%", "period": "2025"}]
    ),
    "partners say the same again": lambda city: (city.draft(), city.partners(NIGHTS[1])),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_was_attacked_together_is_not_again(city: City, change: Callable[[City], Any]) -> None:
    change(city)
    before, concerned, draft = city.seen()
    done = before.passed(concerned, draft)
    assert done is not None
    assert done.findings == ()
    assert [a.attack for a in done.attempts] == [attack.__module__.rpartition(".")[2] for attack in ATTACKS]


# ---------------------------------------------------------------- anything new


def _replaced(folder: Path) -> None:
    """An earlier release whose rows were exchanged under it."""
    path = folder / "public/releases/evictions" / NIGHTS[0] / "counts.parquet"
    rows = pl.read_parquet(path).with_columns(high=pl.col("high") + 1)
    rows.write_parquet(path)


def _damaged(city: City) -> None:
    (city.private / "audit/attacked-evictions.json").write_text('{"by": ')


NEW: dict[str, Callable[[City], Any]] = {
    "one figure": lambda city: city.draft(ANOTHER),
    "a row less": lambda city: city.draft(CLEAN.rstrip().rpartition("\n")[0]),
    "another floor": lambda city: city.draft(protection={"floor": 11}),
    "another ladder": lambda city: city.draft(**DEARER),
    "another zone": lambda city: city.draft(zones=ZONES.replace("120", "121")),
    "zones by year": lambda city: city.draft(protection=YEARS),
    "an edition": lambda city: city.draft(protection=BOOKED),
    "a deviation": lambda city: city.draft(protection={"deviations": [{"what": "high_share", "declared": "1"}]}),
    "other areas": lambda city: city.draft(geographies=[{"name": "district", "units": [], "vintage": "2026"}]),
    "other figures for partners": lambda city: (city.draft(), city.partners(NIGHTS[1], ANOTHER)),
    "an earlier release was exchanged": lambda city: (city.draft(), _replaced(city.folder)),
    "what was remembered is damaged": lambda city: (city.draft(), _damaged(city)),
}


@pytest.mark.parametrize("change", NEW.values(), ids=NEW)
def test_whatever_tells_of_homes_is_attacked_again(city: City, change: Callable[[City], Any]) -> None:
    change(city)
    assert not city.passes()


def test_a_release_between_that_said_something_else_is_attacked_again(city: City) -> None:
    """Back to what was said two nights ago: A, B, A tells more than A."""
    city.public(NIGHTS[2], ANOTHER)
    _published(city.folder / "staging", "2026-04-18-000000000001", CLEAN, {})
    assert not city.passes()


def test_a_release_that_was_taken_back_is_attacked_again(city: City) -> None:
    city.draft()
    before, concerned, draft = city.seen()
    assert before.passed(concerned, draft, gone={("public", NIGHTS[0])}) is None


def test_other_code_and_other_attacks_attack_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.draft()
    with monkeypatch.context() as patched:
        patched.setattr(attacked, "code_version", lambda: "1+0123456789ab")
        assert not city.passes()
    with monkeypatch.context() as patched:
        patched.setattr(step, "ATTACKS", ATTACKS[1:])
        assert not city.passes()
    assert city.passes()


def test_nothing_is_remembered_of_an_audit_that_found_something(city: City) -> None:
    city.draft(CLEAN.replace("zone2/B         2025     6", "zone2/B         2025     2"))
    before, concerned, draft = city.seen()
    with pytest.raises(ValueError, match="no pass"):
        before.keep(concerned, draft, audit(concerned))
    assert not city.passes()


# ---------------------------------------------------------------- what is in the draft alone


def _other_download(folder: Path) -> None:
    path = next(folder.glob("downloads/*.csv.gz"))
    path.with_name("evictions-more.csv").write_bytes(b"a,b\n1,2\n")


def _drawn_with_figures(folder: Path) -> None:
    shapes = {"features": [{"id": "a", "properties": {"homes_filed": 3}, "geometry": None}]}
    path = folder.parents[2] / "geo/zone1.v1.geojson"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(shapes))


ALONE: dict[str, Callable[[City], Any]] = {
    "a download more": lambda city: _other_download(city.draft()),
    "shapes with figures": lambda city: _drawn_with_figures(city.draft()),
    "a side figure with decimals": lambda city: city.draft(
        quality=[{"name": "placed", "value": 97.3, "unit": "%", "period": "2025"}]
    ),
    "told too early": lambda city: city.draft(as_of="2025-12-20"),
    "another calendar": lambda city: city.draft(
        closings=[{"grain": "year", "last_closed": "2025-01-01", "next_period": "2026-01-01", "next_on": "2028-01-01"}]
    ),
}


@pytest.mark.parametrize("change", ALONE.values(), ids=ALONE)
def test_a_draft_is_attacked_in_all_that_it_says_otherwise(city: City, change: Callable[[City], Any]) -> None:
    change(city)
    assert not city.passes()
    assert audit(city.seen()[1]).findings


def test_no_attack_but_those_named_reads_what_changes_every_night(city: City) -> None:
    """Without the day every attack says the same; so what is left out of the hash of a draft cannot matter to it."""
    city.draft()
    _, whole, _ = city.seen()
    bare = Published(tuple(_Bare(r.tier, r.topic, r.id, r.folder) for r in whole.releases))
    for attack in ATTACKS:
        if attack not in READS_THE_DAY:
            assert attack(bare) == attack(whole)
    with pytest.raises(KeyError):
        READS_THE_DAY[0](bare)


class _Bare(PublishedRelease):
    """A release whose manifest says nothing of its day."""

    @property
    def manifest(self) -> dict[str, Any]:  # type: ignore[override]  # a cached property there
        return {name: told for name, told in super().manifest.items() if name not in OF_THE_DAY}

    @property
    def built_at(self) -> datetime:
        return datetime(2026, 4, int(self.id[8:10]), tzinfo=UTC)


# ---------------------------------------------------------------- the file


def test_what_is_remembered_is_private_and_names_no_place(city: City) -> None:
    path = city.private / "audit/attacked-evictions.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "zone1" not in path.read_text()
    assert not list(path.parent.glob(".*"))


def test_files_of_earlier_releases_are_read_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.draft()
    read: list[str] = []
    sound = attacked.said_of_homes
    monkeypatch.setattr(attacked, "said_of_homes", lambda one: (read.append(one.id), sound(one))[1])
    assert city.passes()
    assert read == [NIGHTS[0], *NIGHTS], "a copy is read anew, once for each tier"
    city.remember()
    read.clear()
    assert city.passes()
    assert read == [NIGHTS[2]], "then the draft alone"
