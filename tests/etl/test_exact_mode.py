"""Exact mode from the declaration to the release, on a small city.

1st run (October)     July and August are counted, attacked, frozen, published
2nd run (November)    July and August are read back as they are; September and the third quarter join

A refused run leaves no trace; a run killed between PASS and publishing is bound by what it froze.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl import pipeline
from etl.errors import StorageFailed
from etl.protect.measurements import replace_private
from etl.release import publication
from layers.release import ReleaseDraft
from layers.store.reader import Store
from tests.machinery.small_city import Ended, current, declare, etl, write_small_city

BEFORE, TODAY = "2026-10-10", "2026-11-15"
EXACT = """
[policy.evictions]
mode = "exact"
threshold = 5
reason = "The court allows true counts only."
approved_by = "The clerk of the court"
"""
KEY = ["measure", "category", "geography", "unit", "grain", "period"]
SAID = [*KEY, "status", "value", "low", "high"]
TOLD = ("value", "zero", "hidden")


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `city` that declares the mode on the earlier day; nothing was run."""
    folder = tmp_path_factory.mktemp("declared")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text.replace(TODAY, BEFORE) + EXACT)
    return folder


@pytest.fixture(scope="module")
def first(declared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, published."""
    folder = Path(shutil.copytree(declared, tmp_path_factory.mktemp("first") / "place"))
    ended = run(folder)
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def fresh(declared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(declared, tmp_path / "place"))


@pytest.fixture
def place(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "place"))


def run(place: Path, *more: str) -> Ended:
    return etl("run", place / "city", "evictions", "--var", place / "var", "--json", *more)


def turn_the_clock(place: Path) -> None:
    declare(place / "city/city.toml", lambda text: text.replace(BEFORE, TODAY))


def said(place: Path) -> pl.DataFrame:
    """Everything that the release up now tells about homes."""
    rows = Store(place / "var/public").release("evictions").counts(columns=SAID)
    return rows.filter(pl.col("status").is_in(TOLD)).sort(KEY)


def frozen(place: Path) -> list[Path]:
    return sorted((place / "var/private/exactmode").rglob("*.parquet"))


def lose_records(place: Path) -> None:
    """Every third record of the court's feed is gone."""
    for path in sorted((place / "city/feeds").glob("court*/*.csv")):
        head, *lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(head + b"".join(line for n, line in enumerate(lines) if n % 3))


def attempts(place: Path) -> dict[str, Any]:
    told = json.loads((place / "var/private/audit/evictions-public.json").read_text())
    return {each["attack"]: each for each in told}


def test_a_release_is_published_with_all_attacks_and_says_how(first: Path) -> None:
    release = Store(first / "var/public").release("evictions")
    protection = json.loads((release.folder / "manifest.json").read_bytes())["protection"]
    assert (protection["mode"], protection["rho"], protection["floor"]) == ("exact", None, 5)
    (deviation,) = [d for d in protection["deviations"] if d["what"] == "mode"]
    assert deviation["approved_by"] == "The clerk of the court"
    tried = attempts(first)
    assert not any(each["findings"] for each in tried.values())
    assert all(tried[name]["tried"] for name in ("linear_program", "rates", "presence", "homogeneity"))
    rows = said(first)
    assert rows.filter(status="hidden")["high"].null_count() == rows.filter(status="hidden").height > 0
    assert int(rows.filter(kind_is_count())["value"].min() or 0) >= 5  # type: ignore[call-overload]  # a Float64 column


def kind_is_count() -> pl.Expr:
    return ~pl.col("measure").str.ends_with("_per_1000") & pl.col("value").is_not_null()


def test_the_second_run_reads_back_and_publishes_the_same(place: Path) -> None:
    before, tables = current(place / "var/public"), {path: path.read_bytes() for path in frozen(place)}
    ended = run(place)
    assert ended.code == 0, ended.said
    assert current(place / "var/public") == before
    assert {path: path.read_bytes() for path in frozen(place)} == tables
    (step,) = [told for told in ended.objects if told.get("step") == "protect"]
    assert (step["counted"], step["read_back"]) == (0, len(tables))


def test_another_feed_changes_no_published_row_and_new_periods_join(place: Path) -> None:
    before = said(place)
    lose_records(place)
    turn_the_clock(place)
    ended = run(place)
    assert ended.code == 0, ended.said
    after = said(place)
    assert after.join(before, on=KEY, how="semi").equals(before)
    assert {"month", "quarter"} == set(after.join(before, on=KEY, how="anti")["grain"])


def test_an_altered_frozen_table_is_refused(place: Path) -> None:
    path = frozen(place)[0]
    facts = pl.read_parquet_metadata(path)
    more = pl.read_parquet(path).with_columns(shown=~pl.col("shown"))
    kept = {k: v for k, v in facts.items() if not k.startswith("ARROW")}
    more.write_parquet(path, metadata=kept)
    ended = run(place)
    assert ended.code == 14
    assert "was altered" in ended.said


def test_moved_zones_are_refused(place: Path) -> None:
    path = place / "var/private/zones/2026.parquet"
    zones = pl.read_parquet(path)
    replace_private(zones.with_columns(homes=pl.col("homes") + 1), path)
    ended = run(place)
    assert ended.code == 14
    assert "other zones" in ended.said


def test_a_dry_run_freezes_nothing(fresh: Path) -> None:
    ended = run(fresh, "--dry-run")
    assert ended.code == 0, ended.said
    assert not frozen(fresh)


# ---------------------------------------------------------------- refused, killed, retired


def _plant(monkeypatch: pytest.MonkeyPatch, leak: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    sound = pipeline.build_draft

    def leaky(*arguments: Any, **options: Any) -> ReleaseDraft:
        draft = sound(*arguments, **options)
        return replace(draft, counts=leak(draft.counts))

    monkeypatch.setattr(pipeline, "build_draft", leaky)


def _one_small(counts: pl.DataFrame) -> pl.DataFrame:
    hidden = pl.col("status") == "hidden"
    chosen = hidden & (hidden.cum_sum() == 1)
    return counts.with_columns(
        status=pl.when(chosen).then(pl.lit("value")).otherwise("status"),
        value=pl.when(chosen).then(1.0).otherwise("value"),
    )


def test_a_refused_run_freezes_nothing(fresh: Path, first: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        _plant(patched, _one_small)
        assert run(fresh).code == 14
    assert not frozen(fresh)
    assert run(fresh).code == 0
    assert said(fresh).equals(said(first))


def test_what_was_frozen_before_a_crash_is_what_is_published_afterwards(fresh: Path, first: Path) -> None:
    def crashed(*_: Any, **__: Any) -> str:
        raise StorageFailed("the disk is gone")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publication, "publish_release", crashed)
        assert run(fresh).code != 0
    assert len(frozen(fresh)) == len(frozen(first))
    lose_records(fresh)
    ended = run(fresh)
    assert ended.code == 0, ended.said
    assert said(fresh).equals(said(first))


def test_nothing_is_counted_of_a_year_whose_keys_are_gone(fresh: Path) -> None:
    keys = fresh / "var/private/keys"
    keys.mkdir(parents=True)
    (keys / "homes-evictions-public-2026.retired").touch()
    ended = run(fresh)
    assert ended.code == 0, ended.said
    assert not frozen(fresh)
    assert not said(fresh).height


# ---------------------------------------------------------------- faults of the declaration


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("approved_by = ", "# approved_by = "), "Mode `exact` protects homes less than measuring does."),
        (("[policy.evictions]", "[partner.policy.evictions]"), "Exact mode exists for the public tier only."),
        (('mode = "exact"', 'mode = "measured"'), "`threshold` belongs to mode `exact`."),
        (("threshold = 5", "threshold = 4"), "threshold"),
    ],
)
def test_a_faulty_declaration_is_refused(fresh: Path, change: tuple[str, str], told: str) -> None:
    declare(fresh / "city/city.toml", lambda text: text.replace(EXACT, EXACT.replace(*change)))
    ended = run(fresh)
    assert ended.code == 2
    assert told in ended.said
