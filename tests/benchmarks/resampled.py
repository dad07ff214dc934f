"""A city with many requests: the demonstration city, its 311 feed drawn again and again under new numbers.

`write_city(folder, rows)` writes the city folder with one CSV of `rows` requests: 31 columns, some 430 bytes a row.
"""

from pathlib import Path

import polars as pl

from etl.demo import write_demo_city

ID = "SR Number"
FEED = "feeds/311"
SEED = 1


def write_city(folder: Path, rows: int, *, households: int = 85_000, months: int = 36) -> Path:
    """The city folder; the feed's one file. The same rows for the same number."""
    write_demo_city(folder, seed=SEED, households=households, months=months)
    drawn = take_feed(folder)
    declared = folder / "sources" / "requests_311.toml"
    declared.write_text(declared.read_text("utf-8").replace("requests_*.csv", "requests.csv"), "utf-8")
    file = folder / FEED / "requests.csv"
    write_rows(drawn, file, rows)
    return file


def take_feed(folder: Path) -> pl.DataFrame:
    """The demonstration city's own requests as text; their files are removed."""
    files = sorted((folder / FEED).glob("requests_*.csv"))
    drawn = pl.concat([pl.read_csv(file, infer_schema=False) for file in files], how="diagonal")
    for file in files:
        file.unlink()
    return drawn


def write_rows(drawn: pl.DataFrame, file: Path, rows: int) -> None:
    """`rows` rows: all of them again and again, each time under other numbers."""
    with file.open("wb") as out:
        for start in range(0, rows, drawn.height):
            copy = drawn.head(rows - start)
            numbered = copy.with_columns((pl.col(ID) + f"-{start // drawn.height:03d}").alias(ID))
            numbered.write_csv(out, include_header=start == 0)
