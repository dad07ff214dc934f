"""The rows of the night before, read back while nothing that they follow from has changed.

Rows are a function of stored vectors, partitions, policy, calendar and code, and of nothing else: no record is read for
them. A topic is published every night, and its vectors change once a month.

    private/rows/<topic>-<tier>.parquet     rows as published, with a hash of all that they follow from
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from etl.protect.calendar import PeriodState
from etl.protect.fit import Measured
from etl.protect.measurements import replace_private
from etl.protect.partitions import Partitions
from etl.version import code_version
from layers.period import Grain
from layers.policy import DisclosurePolicy
from layers.store.schema import conform

_OF = "of"
"""The column that carries the hash: the same text in every row."""


def kept_rows(path: Path, of: str, make: Callable[[], pl.DataFrame], *, keep: bool = True) -> pl.DataFrame:
    """The rows kept at `path`, if they are those `of` this hash; else those that `make` gives, kept if `keep`."""
    known = _read(path, of)
    if known is not None:
        return known
    rows = make()
    if keep and not rows.is_empty():
        replace_private(rows.with_columns(pl.lit(of).alias(_OF)), path)
    return rows


def follows_from(
    policy: DisclosurePolicy,
    partitions: Partitions,
    measured: Measured,
    states: Mapping[Grain, Mapping[date, PeriodState]],
) -> str:
    """A hash of everything that rows follow from."""
    digest = hashlib.sha256(f"{code_version()} {pl.__version__} {np.__version__} {policy!r}".encode())
    for grain, periods in states.items():
        digest.update(f"\n{grain} {[(str(start), state.value) for start, state in periods.items()]}".encode())
    for frame, years in partitions.spans({start.year for periods in states.values() for start in periods}):
        digest.update(f"\n{years} {frame.columns}".encode() + frame.hash_rows().to_numpy().tobytes())
    for table, vectors in measured.items():
        digest.update(f"\n{table!r} {[(str(period), one.sha256) for period, one in vectors.items()]}".encode())
    return digest.hexdigest()


def _read(path: Path, of: str) -> pl.DataFrame | None:
    try:
        rows = pl.read_parquet(path)
        told = rows.get_column(_OF)
    except (OSError, pl.exceptions.PolarsError):  # never kept, or damaged: then it is made anew
        return None
    return conform(rows.drop(_OF)) if (told == of).all() else None
