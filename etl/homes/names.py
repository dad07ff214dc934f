"""What names a home, frozen per calendar year: no change of the address file makes another home of one within a year.

The contribution book knows a home by the hash of its name. The name says the ZIP code that the address file tells, and
no apartment where the file tells of a single home; with other facts the home would be another one and its cap would
begin again. So the facts are kept whole before anything of a year is first measured, and nothing is ever added: an
address that they do not know stays unknown for that year, also one that is added to the address file later.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.folders import write_once
from etl.geography.directory import Directory, naming_directory, naming_facts
from etl.location.finder import naming
from etl.protect.measurements import replace_private

FOLDER = "homes"
"""Under the private folder: `<year>.parquet`, for all topics and both tiers."""
_PUT_BACK = "Put it back from a copy: without it homes of that year could be counted beyond their cap."


def freeze_names(private: Path, years: Iterable[int], directory: Directory | None) -> None:
    """Keep what names the homes of each of these years that has nothing kept yet. Durable when it returns.

    Call it before anything of a year is measured, with the directory that its events were located with.
    """
    missing = [
        path for path in (private / FOLDER / f"{year}.parquet" for year in sorted(set(years))) if not path.exists()
    ]
    if missing:
        facts = naming_facts(directory)
        for path in missing:
            _refuse_again(private, path)
            replace_private(facts, path)
    for year in sorted(set(years)):
        if not (mark := _mark(private, year)).exists():
            mark.parent.mkdir(mode=0o700, exist_ok=True)
            write_once(mark, b"")


def frozen_names(private: Path) -> dict[int, Directory]:
    """What names homes, of each year that is frozen. Raises StorageFailed where a file cannot be read."""
    return {int(path.stem): _read(path) for path in sorted((private / FOLDER).glob("[0-9]*.parquet"))}


def refuse_lost_names(private: Path, years: Iterable[int]) -> None:
    """Raises StorageFailed where what named the homes of one of these years was kept once, and is gone."""
    for year in sorted(set(years)):
        path = private / FOLDER / f"{year}.parquet"
        if not path.exists():
            _refuse_again(private, path)


def _refuse_again(private: Path, path: Path) -> None:
    if _mark(private, int(path.stem)).exists():
        raise StorageFailed(f"The frozen names of homes {path.name} of the private folder are gone.", _PUT_BACK)


def _mark(private: Path, year: int) -> Path:
    """Says, away from the names themselves, that those of the year were kept."""
    return private / "keys" / f"names-{year}.frozen"


def refuse_other_naming(names: Mapping[int, Directory], years: Collection[int]) -> None:
    """Raises StorageFailed where homes of one of these years were named with another version of the address libraries.

    With another one the same address could name another home, which could be counted beyond its cap.
    """
    for year in sorted(set(names) & set(years)):
        if names[year].naming not in ("", naming()):
            raise StorageFailed(
                f"Homes of {year} are named with {names[year].naming}, and {naming()} is installed.",
                "Install the versions that requirements/runtime.txt had when that year began.",
            )


def _read(path: Path) -> Directory:
    try:
        return naming_directory(pl.read_parquet(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageFailed(
            f"The frozen names of homes {path.name} of the private folder cannot be read.", _PUT_BACK
        ) from error
