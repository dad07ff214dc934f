"""Changing months: their files first, then the index, so that nobody ever sees half of a change."""

from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from etl.vault.difference import Difference, Touched
from etl.vault.index import UNDATED, Index, Marks, read_index, write_index
from etl.vault.partition import Encoded, Partition, read_month

Make = Callable[[str, pl.DataFrame | None], pl.DataFrame]
"""From a month and its events before, None where there were none, to its events from now on."""


def commit(
    folder: Path,
    make: Make,
    months: Iterable[str],
    *,
    columns: pl.DataFrame | None,
    marks: Marks | None,
    progress: Callable[[str], None],
) -> Touched:
    """Make these months anew and keep the marks (None: those that are kept). One month is in memory at a time.

    `columns` is a frame without rows: what is kept where no event is left. A month that comes out as it was keeps its
    file. Files that nothing names any more are left to be swept.
    """
    before = read_index(folder) or Index()
    after, difference = dict(before.partitions), Difference()
    for month in sorted(months):
        held = before.partitions.get(month)
        old = read_month(folder / held.file) if held else None
        encoded = Encoded(month, make(month, old))
        columns = encoded.events.head(0) if columns is None else columns
        if held and held.seal == encoded.partition.seal:
            continue
        if held or encoded.events.height:
            difference.note(month, old, encoded.events)
        _put(folder, encoded, after, progress)
    if any(each.rows for each in after.values()):
        after = {month: each for month, each in after.items() if each.rows}
    elif not after and columns is not None:  # no event at all: their columns are kept
        _put(folder, Encoded(UNDATED, columns), after, progress, hold=True)
    index = Index(before.generation + 1, dict(sorted(after.items())), marks or before.marks)
    if (index.partitions, index.marks) != (before.partitions, before.marks):
        write_index(folder, index)
        progress("swapped")
    return difference.touched()


def _put(
    folder: Path,
    encoded: Encoded,
    after: dict[str, Partition],
    progress: Callable[[str], None],
    *,
    hold: bool = False,
) -> None:
    if not encoded.events.height and not hold:
        after.pop(encoded.month, None)
        return
    encoded.write(folder)
    after[encoded.month] = encoded.partition
    progress("written")
