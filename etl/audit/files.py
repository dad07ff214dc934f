"""What a release's downloads and shapes say, read as anybody would read them."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from etl.audit.csvrows import header_of
from etl.audit.published import PublishedRelease
from etl.exact.crosswalk import HOMES, LAND
from etl.exact.crosswalk import SCHEMA as WEIGHTS
from layers.store.schema import COUNTS_SCHEMA

ROW_KEY: tuple[str, ...] = ("measure", "category", "geography", "unit", "grain", "period")
SAID: tuple[str, ...] = ("status", "value", "low", "high")
_ROUNDED = 1e-5
"""Shares have six decimals."""
_DATES = pl.col("period").str.to_date()


def guarded(release: PublishedRelease) -> tuple[str, ...]:
    """Whatever is about homes, and counts as received that promise a floor."""
    return tuple(dict.fromkeys([*release.about_homes, *release.guarded["measure"].to_list()]))


def downloaded(release: PublishedRelease) -> pl.DataFrame:
    """`file`, ROW_KEY and SAID of every row about homes in the release's downloads; unread files have a null key."""
    measures = guarded(release)
    paths = sorted((release.folder / "downloads").glob("*")) if measures else []
    frames = [_rows(path, measures, release) for path in paths]
    return pl.concat([_NO_ROWS, *frames])


def shapes_with_figures(release: PublishedRelease) -> Iterator[tuple[str, str]]:
    """File and property, where the store's shapes carry a property named after a measure of homes.

    The public number of homes of a zone is called `homes`, and may stand there.
    """
    measures = guarded(release)
    for path in sorted((release.folder.parents[2] / "geo").glob("*.geojson")):
        for name in sorted(_properties(path)):
            if name != "homes" and name.startswith(measures):
                yield path.name, name


def _properties(path: Path) -> set[str]:
    return {name for feature in json.loads(path.read_bytes())["features"] for name in feature.get("properties") or {}}


def _rows(path: Path, measures: Sequence[str], release: PublishedRelease) -> pl.DataFrame:
    name = path.name.removesuffix(".gz")
    if name.endswith(".csv"):
        found = _of_csv(path, measures, release)
    elif name.endswith(".geojson"):
        found = _of_geojson(path, measures)
    else:
        found = pl.DataFrame({"measure": [None]})
    return pl.concat([_NO_ROWS, found.with_columns(file=pl.lit(path.name))], how="diagonal_relaxed").select(
        _NO_ROWS.columns
    )


def _of_csv(path: Path, measures: Sequence[str], release: PublishedRelease) -> pl.DataFrame:
    if {*ROW_KEY, *SAID} <= set(header_of(path)):
        return release.csv_rows(path).filter(pl.col("measure").is_in(measures)).select(*ROW_KEY, *SAID)
    table, partition = pl.read_csv(path, schema_overrides=COUNTS_SCHEMA), release.partition
    same = partition is not None and _is_listing(table, partition)
    return _NO_ROWS if same or _is_weights(table) else pl.DataFrame({"measure": [None]})


def _is_weights(table: pl.DataFrame) -> bool:
    """Whether the table is a crosswalk: shares of public homes or land, and no number but of these homes."""
    if tuple(table.columns) != tuple(WEIGHTS):
        return False
    share, homes, of_land = pl.col("share"), pl.col("homes"), pl.col("basis") == LAND
    whole = (homes / share).sort_by(share).last().over("from_geography", "from_unit")
    sound = share.is_between(0, 1) & pl.when(of_land).then(homes == 0).otherwise(
        (pl.col("basis") == HOMES) & ((share * whole - homes).abs() <= 1 + whole * _ROUNDED)
    )
    return bool(table.with_columns(share.cast(pl.Float64), homes.cast(pl.Float64)).select(sound.all()).item())


def _is_listing(table: pl.DataFrame, partition: pl.DataFrame) -> bool:
    """Whether the table says of each cell what the partition says in the `years` that it names, and nothing else."""
    if set(table.columns) != {"years" if name == "year" else name for name in partition.columns}:
        return False
    listed = table.with_columns(pl.exclude("homes").cast(pl.String))
    if "years" in listed.columns:
        listed = listed.with_columns(year=pl.col("years").str.split(" ")).drop("years").explode("year")
    true = partition.with_columns(pl.exclude("homes").cast(pl.String))
    order = sorted(true.columns)
    return listed.select(order).sort(order).equals(true.select(order).sort(order))


def _of_geojson(path: Path, measures: Sequence[str]) -> pl.DataFrame:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    geography = path.name.split(".")[0].rsplit("-", 1)[-1]
    rows = [
        row for feature in json.loads(content)["features"] for row in _of_feature(feature, geography, set(measures))
    ]
    schema = {name: COUNTS_SCHEMA[name] for name in (*ROW_KEY, *SAID)} | {"period": pl.String()}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(_DATES)


def _of_feature(feature: dict[str, Any], geography: str, measures: set[str]) -> Iterator[tuple[Any, ...]]:
    told = feature["properties"]
    for name in sorted(measures & {key.removesuffix("_status") for key in told if key.endswith("_status")}):
        figures = (told[f"{name}_status"], *(told.get(key) for key in (name, f"{name}_low", f"{name}_high")))
        yield (name, "all", geography, str(feature["id"]), told["grain"], told["period"], *figures)


_NO_ROWS = pl.DataFrame(schema={"file": pl.String(), **{name: COUNTS_SCHEMA[name] for name in (*ROW_KEY, *SAID)}})
