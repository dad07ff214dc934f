"""The rows about homes in a release's CSV, without parsing the millions about places beside them."""

import gzip
from collections.abc import Collection
from pathlib import Path

import polars as pl

from layers.store.schema import COUNTS_SCHEMA


def header_of(path: Path) -> tuple[str, ...]:
    """The column names of a CSV, packed or not."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return tuple(file.readline().decode().strip().split(","))


def rows_of(path: Path, measures: Collection[str]) -> pl.DataFrame:
    """Every row of these measures, in the file's columns. Lines that name none of them anywhere are not parsed."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    head, _, body = content.partition(b"\n")
    if not measures or not body.strip():
        return pl.read_csv(head + b"\n", schema_overrides=COUNTS_SCHEMA)
    lines = pl.read_csv(
        body, has_header=False, separator="\x01", quote_char=None, new_columns=["line"], infer_schema=False
    )["line"]
    named = lines.filter(lines.str.contains_any(list(measures)))
    table = pl.read_csv("\n".join([head.decode(), *named, ""]).encode(), schema_overrides=COUNTS_SCHEMA)
    return table.filter(pl.col("measure").is_in(list(measures)))
