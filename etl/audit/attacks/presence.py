"""Presence of rows: does it tell anything that a row, a zone, a file or a status is there or not?

The key set must follow from public things alone: zones, calendar and ladder. So every table holds every unit of its
partition × every category × every period, once, in every file; a period without figures is without figures
everywhere; no unit lies outside the partition; every zone with homes is drawn; no file lies beside the declared ones,
and beside the shapes none but the city's public addresses (`layers.addressbook`), which follow from its address file.
"""

import gzip
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from etl.audit.answers import figures, partition, units_of
from etl.audit.csvrows import header_of
from etl.audit.finding import Attempt, Finding
from etl.audit.once import once_of_a_release
from etl.audit.published import Published, PublishedRelease
from layers.addressbook import strangers
from layers.ladder import ALL
from layers.measures import RATE_SUFFIX
from layers.period import Grain, period_label, period_range
from layers.store.schema import COUNTS_SCHEMA, KEY

ATTACK, TITLE = "presence", "Presence of rows"

ZONES: tuple[str, ...] = ("zone0", "zone1", "zone2")
_SILENT = ("not_reported", "not_collected")
_TABLE = ("measure", "category", "geography", "grain")


def run(published: Published) -> Attempt:
    """Tries every row about homes, in every file of every release."""
    tried, files, findings = 0, 0, []
    for release in published.protected:
        height, learned = _of_release(release)
        tried += height
        files += len(release.manifest.get("files", ()))
        for where, said in (*learned, *_undrawn(release, published)):
            findings.append(Finding(ATTACK, release.tier, release.topic, release.id, where, said))
    findings += _beside_shapes(published)
    missing = f"{len(findings):,} gaps tell something" if findings else "No row, zone or file is missing or added"
    best = (
        f"{missing} in {tried:,} rows and {files:,} files: which rows there are was fixed before any record was read."
    )
    return Attempt(ATTACK, TITLE, tried, tuple(findings), best)


@once_of_a_release
def _of_release(release: PublishedRelease) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How many rows about homes it has, and what it tells that some are there or not."""
    rows = figures(release, rates=True)
    return rows.height, tuple(_learned(release, rows))


def _learned(release: PublishedRelease, rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    yield from _periods(rows)
    yield from _units(release, rows)
    yield from _categories(rows)
    yield from _silences(rows)
    yield from _rates(rows)
    yield from _row_numbers(release)
    yield from _strangers(release)
    yield from _tables_in_files(release, rows)
    yield from _shapes(release, rows)


# ---------------------------------------------------------------- the key set


def _periods(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """All tables of a grain speak of the same periods, without a gap."""
    for (grain,), of_grain in rows.group_by("grain", maintain_order=True):
        known = period_range(of_grain["period"].min(), of_grain["period"].max(), Grain(str(grain)))  # type: ignore[arg-type]  # a Date column
        for table, told in of_grain.group_by(_TABLE, maintain_order=True):
            missing = sorted(set(known) - set(told["period"].unique()))
            if missing:
                label = period_label(missing[0], Grain(str(grain)))
                yield _place(table), f"{len(missing)} periods are missing, the first is {label}."


def _units(release: PublishedRelease, rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """In every period every unit of that year's partition has one row, and no other unit has any."""
    per_unit = rows.group_by(*_TABLE, "period", "unit", maintain_order=True).len()
    expected = _expected_units(release, rows)
    keys = rows.select(*_TABLE, "period").unique(maintain_order=True).with_columns(year=pl.col("period").dt.year())
    wanted = keys.join(expected, on=["geography", "year"])
    for told, learned in (
        (wanted.join(per_unit, on=[*_TABLE, "period", "unit"], how="anti"), "{} rows are missing: {} has none in {}."),
        (per_unit.join(wanted, on=[*_TABLE, "period", "unit"], how="anti"), "{} rows too many: {} is no unit of {}."),
        (per_unit.filter(pl.col("len") > 1), "{} rows stand there twice: {} does in {}."),
    ):
        for table, odd in told.sort("period", "unit").group_by(_TABLE, maintain_order=True):
            period = period_label(odd["period"][0], Grain(str(table[-1])))
            yield _place(table), learned.format(odd.height, odd["unit"][0], period)


def _expected_units(release: PublishedRelease, rows: pl.DataFrame) -> pl.DataFrame:
    """`geography`, `year`, `unit`: from the partition; where there is none, from the manifest."""
    frames = [pl.DataFrame(schema={"geography": pl.String, "year": pl.Int32, "unit": pl.String})]
    named = {g["name"]: [u["id"] for u in g["units"]] for g in release.manifest["geographies"]}
    pairs = rows.select("geography", pl.col("period").dt.year().alias("year")).unique().sort(pl.all())
    for geography, year in pairs.iter_rows():
        zones = partition(release, year)
        units = units_of(zones, geography)["unit"].to_list() if zones is not None else named.get(geography, [])
        frames.append(
            pl.DataFrame({"unit": units}, schema={"unit": pl.String}).select(
                pl.lit(geography).alias("geography"), pl.lit(year, pl.Int32).alias("year"), "unit"
            )
        )
    return pl.concat(frames)


def _categories(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """A measure and grain has the same categories wherever it has any."""
    told = rows.filter(pl.col("category") != ALL).group_by("measure", "grain", "geography").agg("category")
    for (measure, grain), places in told.group_by("measure", "grain", maintain_order=True):
        sets = {geography: frozenset(found) for geography, found in places.select("geography", "category").rows()}
        every = frozenset().union(*sets.values())
        for geography, found in sorted(sets.items()):
            if found != every:
                yield f"{measure}, {geography}, {grain}", f"The category {min(every - found)} is missing there."


def _silences(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """What is not reported or not collected is so for a whole period of a measure, never for a place."""
    silent = pl.when(pl.col("status").is_in(_SILENT)).then("status")
    told = rows.with_columns(said=silent.fill_null("told")).group_by("measure", "grain", "period").agg(
        pl.col("said").n_unique(), here=pl.col("said").filter(pl.col("said") != "told").count()
    )  # fmt: skip
    for row in told.filter(pl.col("said") > 1).sort("measure", "grain", "period").iter_rows(named=True):
        label = period_label(row["period"], Grain(row["grain"]))
        yield f"{row['measure']}, {label}", f"{row['here']} rows are silent and the others are not."


def _rates(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Rates have the rows of their counts, or a measure has no rates at all."""
    names = set(rows["measure"].unique())
    for measure in sorted(name for name in names if name + RATE_SUFFIX in names):
        key = [name for name in KEY if name not in ("topic", "measure")]
        counts, rates = (
            rows.filter(pl.col("measure") == name).select(key) for name in (measure, measure + RATE_SUFFIX)
        )
        apart = counts.join(rates, on=key, how="anti").height + rates.join(counts, on=key, how="anti").height
        if apart:
            yield measure + RATE_SUFFIX, f"{apart} rows are there as count or as rate only."


# ---------------------------------------------------------------- files


def _row_numbers(release: PublishedRelease) -> Iterator[tuple[str, str]]:
    height = pl.scan_parquet(release.folder / "counts.parquet").select(pl.len()).collect().item()
    told = {"manifest.json": release.manifest.get("rows", height)}
    told |= {
        f["name"]: f["rows"]
        for f in release.manifest.get("files", ())
        if f["name"] == f"downloads/{release.topic}.csv.gz"
    }
    for name, number in told.items():
        if number != height:
            yield name, f"It tells of {number} rows, the table has {height}."


def _strangers(release: PublishedRelease) -> Iterator[tuple[str, str]]:
    declared = {f["name"] for f in release.manifest.get("files", ())}
    if not declared:
        return
    here = {p.relative_to(release.folder).as_posix() for p in release.folder.rglob("*") if p.is_file()}
    for name in sorted(here - declared - {"manifest.json"}):
        yield name, "The manifest does not know this file."
    for name in sorted(declared - here):
        yield name, "The manifest promises this file, and it is not there."


def _tables_in_files(release: PublishedRelease, rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Every CSV of the release says of homes exactly what the table says, row by row."""
    for path in sorted((release.folder / "downloads").glob(f"{release.topic}*.csv.gz")):
        if set(header_of(path)) != set(COUNTS_SCHEMA):
            continue
        told = (
            release.csv_rows(path)
            .filter(pl.col("measure").is_in(rows["measure"].unique().to_list()))
            .select(rows.columns)
        )
        if told.height != rows.height:
            yield f"downloads/{path.name}", f"It has {told.height} rows about homes, the table has {rows.height}."
        elif not told.sort(KEY).equals(rows.sort(KEY)):
            yield f"downloads/{path.name}", "It says of a row something else than the table does."


def _shapes(release: PublishedRelease, rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Each download of shapes holds every unit, and says of it what the table says."""
    for geography in sorted(rows["geography"].unique()):
        path = release.folder / "downloads" / f"{release.topic}-{geography}.geojson.gz"
        if path.exists():
            features = json.loads(gzip.decompress(path.read_bytes()))["features"]
            yield from ((f"downloads/{path.name}", learned) for learned in _said_of(features, geography, rows))


def _undrawn(release: PublishedRelease, published: Published) -> Iterator[tuple[str, str]]:
    """Every zone is drawn, in one of the stores of the tier."""
    if release.zones is None:
        return
    vintages = {g["name"]: g["vintage"] for g in release.manifest["geographies"]}
    for geography in (name for name in ZONES if name in _geographies(release)):
        drawn = _drawn(published, release, f"{geography}.{vintages.get(geography)}.geojson")
        units = set(units_of(release.zones, geography)["unit"])
        if drawn is not None and units != drawn:
            odd = min(units ^ drawn)
            yield f"geo/{geography}", f"{len(units ^ drawn)} zones are drawn or not drawn wrongly, such as {odd}."


@once_of_a_release
def _geographies(release: PublishedRelease) -> frozenset[str]:
    return frozenset(figures(release, rates=True)["geography"].unique())


def _drawn(published: Published, release: PublishedRelease, name: str) -> frozenset[str] | None:
    """The units drawn in a file of shapes, which lies beside the releases of any store of the tier; None where no store
    has it."""
    stores = dict.fromkeys(r.folder.parents[2] for r in (release, *published.of(tier=release.tier)))
    path = next((s / "geo" / name for s in stores if (s / "geo" / name).exists()), None)
    return None if path is None else _units_in(path, path.stat().st_mtime_ns, path.stat().st_ino)


@lru_cache(maxsize=64)
def _units_in(path: Path, _changed: int, _number: int) -> frozenset[str]:
    return frozenset(str(feature["id"]) for feature in json.loads(path.read_bytes())["features"])


def _beside_shapes(published: Published) -> Iterator[Finding]:
    """What lies among the shapes of a store and is neither shapes nor the city's public addresses."""
    first = {release.folder.parents[2]: release for release in reversed(published.releases)}
    for store, release in first.items():
        for name, learned in _strange(store / "geo", _stamps_of(store / "geo")):
            yield Finding(ATTACK, release.tier, release.topic, release.id, f"geo/{name}", learned)


@lru_cache(maxsize=16)
def _strange(geo: Path, _stamps: tuple[tuple[str, int, int, int], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(strangers(geo))


def _stamps_of(geo: Path) -> tuple[tuple[str, int, int, int], ...]:
    stats = [(path.name, path.stat()) for path in (sorted(geo.iterdir()) if geo.is_dir() else ())]
    return tuple((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in stats)


def _said_of(features: list[dict[str, Any]], geography: str, rows: pl.DataFrame) -> Iterator[str]:
    here = rows.filter((pl.col("geography") == geography) & (pl.col("category") == ALL))
    names = here["measure"].unique(maintain_order=True).to_list()
    told = {
        (row["unit"], row["measure"], row["grain"], row["period"].isoformat()): (row["status"], row["value"])
        for row in here.iter_rows(named=True)
    }
    for feature in features:
        said = feature["properties"]
        for name in names:
            key = (str(feature["id"]), name, said.get("grain"), said.get("period"))
            if (said.get(f"{name}_status"), said.get(name)) != told.get(key, (None, None)):
                yield f"It says of {feature['id']} something else than the table does."


def _place(table: tuple[Any, ...]) -> str:
    measure, category, geography, grain = map(str, table)
    return ", ".join([measure, *([category] if category != ALL else []), geography, grain])
