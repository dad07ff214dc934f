"""A city with many requests: the demonstration city, its 311 feed drawn again and again under new numbers.

`write_city(folder, rows)` writes the city folder with one CSV of `rows` requests, 31 columns, some 430 bytes a row. It
lies in a folder into which the agency drops what has changed since: `write_changes` does that.
"""

from pathlib import Path

import polars as pl

from etl.demo import write_demo_city

ID = "SR Number"
FEED = "feeds/311"
SEED = 1
_FILES = 'kind = "csv"\npath = "feeds/311/requests_*.csv"'
_DROPS = f'kind = "dropfolder"\nfolder = "{FEED}"\nfiles = "requests-*.csv"\nkeep = "all"\nsettle_seconds = 0'
_CHANGES = '[refresh]\nmode = "changes"\n\n'
_DAYS, _LATEST = "%m/%d/%Y %I:%M:%S %p", "11/14/2026 05:00:00 PM"


def write_city(folder: Path, rows: int, *, households: int = 85_000, months: int = 36) -> Path:
    """The city folder; the feed's one file. The same rows for the same number."""
    write_demo_city(folder, seed=SEED, households=households, months=months)
    drawn = take_feed(folder)
    declared = folder / "sources" / "requests_311.toml"
    text = declared.read_text("utf-8")
    declared.write_text(text.replace(_FILES, _DROPS).replace("[dates]", _CHANGES + "[dates]", 1), "utf-8")
    file = folder / FEED / "requests-0.csv"
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


def write_changes(folder: Path, night: int, rows: int, *, days: int = 45) -> Path:
    """A further file: requests of the last `days` before the demonstration city's day, closed since."""
    drawn = pl.scan_csv(folder / FEED / "requests-0.csv", infer_schema=False)
    opened = pl.col("Opened").str.to_datetime(_DAYS, strict=False)
    last = pl.lit(_LATEST).str.to_datetime(_DAYS)
    recent = drawn.filter(opened.is_between(last - pl.duration(days=days), last)).collect(engine="streaming")
    some = recent.unique(ID, maintain_order=True).sample(min(rows, recent[ID].n_unique()), seed=night)
    closed = some.with_columns(pl.lit("Closed").alias("Status"), pl.lit(_LATEST).alias("Closed"))
    file = folder / FEED / f"requests-{night}.csv"
    closed.write_csv(file)
    return file
