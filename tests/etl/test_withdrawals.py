"""Sealed, withdrawn and corrected records, and wrong releases, through the command line on a small city.

court feed       measured before 10 Oct        measured by 15 Nov (September, third quarter)
as it was        July, August                  September
"""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.vault import Vault
from layers.store.reader import Store
from tests.machinery.small_city import Ended, current, declare, etl, files_of, status_of, write_small_city

BEFORE, TODAY = "2026-10-10", "2026-11-15"
FEED, ID, DAY = "feeds/court/detainer_warrants.csv.gz", "DOCKET NUMBER", "FILE DATE"
WHY = ("--reason", "Sealed by order of the court")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`city` and `var` of 10 October: July and August are measured."""
    folder = tmp_path_factory.mktemp("withdrawals")
    city = write_small_city(folder / "city")
    declare(city / "sources/court.toml", lambda text: text.replace("reject_share = 0.35", "reject_share = 0.9"))
    declare(city / "city.toml", lambda text: text.replace(TODAY, BEFORE))
    declare(
        city / "sources/court.toml", lambda text: text.replace("min_located_share = 0.90", "min_located_share = 0.5")
    )
    rewrite_feed(city, lambda rows: pl.concat([rows, more(rows, "08"), more(rows, "09")]))
    ended = etl("run", city, "evictions", "--var", folder / "var")
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def scene(old: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(old, tmp_path / "scene"))


def more(rows: pl.DataFrame, month: str, number: int = 60) -> pl.DataFrame:
    """So many filings of a month, each against another home, in several buildings."""
    known = rows.filter(pl.col("UNIT").is_not_null() & pl.col("ZIP").is_not_null()).unique("DEFENDANT ADDRESS")
    repeated = pl.concat([known.sort(ID)] * number).head(number)
    return repeated.with_columns(
        pl.format("2026-DW-{}{}", pl.lit(month), pl.int_range(1000, 1000 + number)).alias(ID),
        pl.lit(f"{month}/10/2026").alias(DAY),
        pl.format("APT {}{}", pl.lit(month), pl.int_range(1000, 1000 + number)).alias("UNIT"),
        *(pl.lit(None, pl.String).alias(name) for name in ("DISPOSITION DATE", "DISPOSITION", "WRIT EXECUTED")),
    )


def rewrite_feed(city: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    (city / FEED).write_bytes(gzip.compress(change(read_feed(city)).write_csv().encode()))


def read_feed(city: Path) -> pl.DataFrame:
    return pl.read_csv(gzip.decompress((city / FEED).read_bytes()), infer_schema=False, truncate_ragged_lines=True)


def run(scene: Path) -> Ended:
    ended = etl("run", scene / "city", "evictions", "--var", scene / "var", "--json")
    assert ended.code == 0, ended.said
    return ended


def turn_the_clock(scene: Path) -> None:
    declare(scene / "city/city.toml", lambda text: text.replace(BEFORE, TODAY))


def ids_of(scene: Path, months: str) -> list[str]:
    rows = read_feed(scene / "city").filter(pl.col(DAY).str.contains(months))
    return rows[ID].drop_nulls().unique(maintain_order=True).to_list()


def withdraw(scene: Path, ids: list[str], *more: str) -> Ended:
    listed = scene / "sealed.txt"
    listed.write_text("\n".join(ids) + "\n", "utf-8")
    words = ("withdraw", "evictions", "--records", listed, *(more or WHY))
    return etl("releases", scene / "city", *words, "--var", scene / "var", "--json")


def filed(scene: Path) -> dict[str, tuple[str, float | None]]:
    """Status and figure of the city by month."""
    rows = Store(scene / "var/public").release("evictions").counts(
        measure="homes_filed", geography="city", grain="month", category="all"
    )  # fmt: skip
    return {r["period"].isoformat()[:7]: (r["status"], r["value"]) for r in rows.iter_rows(named=True)}


def rejects(scene: Path) -> dict[str, int]:
    told = etl("status", scene / "city", "--var", scene / "var", "--json").objects
    return dict(next(each["rejects"] for each in told if each.get("source") == "court"))


def public(scene: Path) -> dict[str, str]:
    """Every public byte but the times of status.json."""
    files = files_of(scene / "var/public")
    files.pop("status.json")
    return files


def test_withdrawn_records_are_in_no_later_figure_and_in_every_earlier_one(scene: Path) -> None:
    before = filed(scene)
    gone = ids_of(scene, "^0[89]/")  # nearly all of August too, which is measured: its quarter will hold fewer homes
    assert len(gone) > 120

    ended = withdraw(scene, gone)
    assert ended.code == 0, ended.said
    turn_the_clock(scene)
    run(scene)

    after = filed(scene)
    assert after["2026-08"] == before["2026-08"], "a sum that was published stays"
    assert (after["2026-09"][1] or 0) < 40, "of some 70 homes of September none is left; the rest is noise"
    assert rejects(scene)["withdrawn"] >= 120


def test_nothing_public_changes_on_that_day_nor_on_the_next(scene: Path) -> None:
    """A change on the day of a sealing would point at the case."""
    before, status = public(scene), status_of(scene / "var/public", "evictions")

    assert withdraw(scene, ids_of(scene, "^08/10")[:30]).code == 0
    assert public(scene) == before
    assert status_of(scene / "var/public", "evictions") == status

    assert run(scene).published() == current(scene / "var/public")
    assert public(scene) == before
    times = {"last_run", "last_success", "next_due"}
    now = status_of(scene / "var/public", "evictions")
    assert {k: v for k, v in now.items() if k not in times} == {k: v for k, v in status.items() if k not in times}


def test_what_is_kept_is_purged_now_and_no_id_is_written_down(scene: Path) -> None:
    private = scene / "var/private"
    ids = ids_of(scene, "^08/10")[:5]
    assert list((private / "snapshots/court").rglob("*.gz"))
    book = files_of(private, "book")
    (private / "locate").mkdir(exist_ok=True)
    (private / "locate/addresses.parquet").write_bytes(b"hashes of addresses")
    vault = Vault(private, "evictions", "court")
    before = vault.rows

    told = withdraw(scene, ids).objects[-1]

    assert not (private / "snapshots/court").exists()
    assert not (private / "locate").exists(), "what is remembered of addresses goes too"
    assert vault.rows == before - 5
    assert (told["events_removed"], told["done"]) == (5, True)
    assert files_of(private, "book") == book, "a month that was counted stays counted in the cap"
    assert (told["listed"], told["newly_listed"], told["in_the_feeds"]) == (5, 5, 5)
    assert "Backups" in told["to_do"]
    (note,) = private.glob("withdrawn/evictions/*.json")
    assert json.loads(note.read_text())["reason"] == WHY[1]
    assert note.stat().st_mode & 0o077 == 0
    assert (private / "withdrawn/evictions/ids.parquet").stat().st_mode & 0o077 == 0
    for path in (p for p in private.rglob("*") if p.is_file()):
        content = path.read_bytes()
        assert not [each for each in ids if each.encode() in content], path.name

    run(scene)
    for path in (private / "vault").rglob("*.parquet"):
        assert not [each for each in ids if each.encode() in path.read_bytes()]


def test_a_record_that_comes_again_is_dropped_again_however_it_is_written(scene: Path) -> None:
    one = ids_of(scene, "^08/10")[0]
    assert withdraw(scene, [f"  {one.lower()} "]).code == 0
    run(scene)
    assert rejects(scene)["withdrawn"] == 1
    told = withdraw(scene, [one]).objects[-1]
    assert told["newly_listed"] == 0
    run(scene)
    assert rejects(scene)["withdrawn"] == 1


def test_a_csv_with_a_column_id_will_do(scene: Path) -> None:
    ids = ids_of(scene, "^08/10")[:2]
    listed = scene / "list.csv"
    listed.write_text("case type,ID\nFED," + f"{ids[0]}\nFED,{ids[1]}\n", "utf-8")
    words = ("withdraw", "evictions", "--records", listed, *WHY)
    told = etl("releases", scene / "city", *words, "--var", scene / "var", "--json").objects[-1]
    assert (told["listed"], told["in_the_feeds"]) == (2, 2)


@pytest.mark.parametrize("text", ["", "id\n", "a,b\nc,d\n", "x" * 300, "1\n\n\x00\n2,3\n"])
def test_a_file_that_is_no_list_of_ids_is_refused_and_not_quoted(scene: Path, text: str) -> None:
    (scene / "list").write_text(text, "utf-8")
    words = ("withdraw", "evictions", "--records", scene / "list", *WHY)
    ended = etl("releases", scene / "city", *words, "--var", scene / "var")
    assert ended.code == 2
    assert "x" * 30 not in ended.said
    assert not (scene / "var/private/withdrawn").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("withdraw", "evictions", *WHY),
        ("withdraw", "evictions", "--records", "a", "--release", "b", *WHY),
        ("withdraw", "evictions", "--release", "2026-01-01-000000000000", *WHY),
        ("withdraw", "evictions", "--release", "2026-01-01-000000000000"),
        ("withdraw", "evictions"),
        ("withdraw", "households", "--records", "a", *WHY),
    ],
)
def test_what_the_command_needs(scene: Path, words: tuple[str, ...]) -> None:
    before = public(scene)
    assert etl("releases", scene / "city", *words, "--var", scene / "var").code == 2
    assert public(scene) == before


def test_a_lost_key_stops_the_run(scene: Path) -> None:
    """Without it nobody could tell the withdrawn records from the others: they would be counted again."""
    assert withdraw(scene, ids_of(scene, "^08/10")[:5]).code == 0
    (scene / "var/private/keys/withdrawn.key").unlink()
    assert etl("run", scene / "city", "evictions", "--var", scene / "var").code == 16


def test_a_corrected_record_enters_later_measurements_only(scene: Path) -> None:
    """The court finds that what it had filed under August belongs into September: same numbers, another day."""
    before = filed(scene)
    rewrite_feed(scene / "city", lambda rows: rows.with_columns(pl.col(DAY).str.replace("^08/10", "09/10")))

    run(scene)
    assert filed(scene) == before
    turn_the_clock(scene)
    run(scene)

    after = filed(scene)
    assert after["2026-08"] == before["2026-08"]
    status, value = after["2026-09"]
    assert status == "value"
    assert value is not None
    vector = scene / "var/private/measurements/evictions/public/filings-month-district/2026-09-01-e1.parquet"
    assert int(pl.read_parquet_metadata(vector)["counted"]) > 100, "some 70 of its own, 60 that came from August"


def test_a_wrong_release_is_taken_back(scene: Path) -> None:
    good = current(scene / "var/public")["evictions"]
    turn_the_clock(scene)
    run(scene)
    bad = current(scene / "var/public")["evictions"]
    words = ("withdraw", "evictions", "--release", bad, "--reason", "The court's file was another county's.")

    ended = etl("releases", scene / "city", *words, "--var", scene / "var")

    assert ended.code == 0, ended.said
    assert current(scene / "var/public") == {"evictions": good}
    assert status_of(scene / "var/public", "evictions")["release"] == good
    listed = etl("releases", scene / "city", "--var", scene / "var").out
    assert f"{bad}  withdrawn on {TODAY}: The court's file was another county's." in listed
    assert f"{good}  <- published" in listed

    held = etl("run", scene / "city", "evictions", "--var", scene / "var", "--json")
    assert held.code == 14
    failure: dict[str, Any] = held.failure("evictions")
    assert bad in failure["error"]
    assert "Correct what was wrong" in failure["error"]
    assert current(scene / "var/public") == {"evictions": good}
    again = etl("releases", scene / "city", "rollback", "evictions", bad, "--var", scene / "var")
    assert again.code == 2, "a withdrawn release cannot be pointed to"


def test_a_withdrawn_release_stays_in_the_audits_memory(scene: Path) -> None:
    """Whoever kept it can compare: a later release must say the same wherever no edition was booked."""
    only = current(scene / "var/public")["evictions"]
    words = ("withdraw", "evictions", "--release", only, "--reason", "A caveat was missing.")
    assert etl("releases", scene / "city", *words, "--var", scene / "var").code == 0
    kept = scene / "var/private/withdrawn-releases/public/releases/evictions" / only
    assert {path.name for path in kept.iterdir()} >= {"counts.parquet", "zones.parquet", "manifest.json"}
    assert {path.stat().st_mode & 0o077 for path in (kept.parents[2], kept, *kept.rglob("*"))} == {0}
    honest = Path(shutil.copytree(scene, scene.parent / "honest"))

    turn_the_clock(honest)
    run(honest)

    counts = pl.read_parquet(kept / "counts.parquet")
    shown = (pl.col("measure") == "homes_filed") & (pl.col("geography") == "city") & (pl.col("status") == "value")
    one = shown & (pl.col("category") == "all") & (pl.col("grain") == "month")
    more = pl.when(one & (one.cum_sum() == 1)).then(pl.col("value") + 1).otherwise("value")
    assert counts.filter(one).height
    counts.with_columns(value=more).write_parquet(kept / "counts.parquet")
    turn_the_clock(scene)
    held = etl("run", scene / "city", "evictions", "--var", scene / "var", "--json")
    assert held.code == 14
    assert "release against release (1)" in held.failure("evictions")["error"]
    assert current(scene / "var/public") == {}


def test_what_a_withdrawn_release_had_told_already_holds_nothing(scene: Path) -> None:
    """It was taken back because it leaked: what it told cannot be undone, and the next release adds nothing to it."""
    only = current(scene / "var/public")["evictions"]
    folder = scene / "var/public/releases/evictions" / only
    table = pl.read_parquet(folder / "counts.parquet")
    told = pl.when(pl.col("status") == "hidden").then(pl.lit("caution")).otherwise("flag")
    table.with_columns(flag=told).write_parquet(folder / "counts.parquet")
    turn_the_clock(scene)
    held = etl("run", scene / "city", "evictions", "--var", scene / "var", "--json")
    assert held.code == 14, "while it is up, the leak holds the topic"

    words = ("withdraw", "evictions", "--release", only, "--reason", "Flags told of hidden figures.")
    assert etl("releases", scene / "city", *words, "--var", scene / "var").code == 0
    run(scene)


def test_after_an_edition_the_topic_is_published_again(scene: Path) -> None:
    only = current(scene / "var/public")["evictions"]
    words = ("withdraw", "evictions", "--release", only, "--reason", "August was not whole.")
    assert etl("releases", scene / "city", *words, "--var", scene / "var").code == 0
    assert current(scene / "var/public") == {}
    booking = ("filings-month-district", "2026-08-01", "--reason", "August was not whole.", "--by", "A. Steward")
    assert etl("edition", scene / "city", "evictions", *booking, "--var", scene / "var").code == 0

    assert run(scene).published()["evictions"] == current(scene / "var/public")["evictions"] != only
