"""The measured tables of one family and grain brought to agree: whole homes that add up, to every published total.

District totals are fitted first. A table of places alone is then brought to its districts' totals, one by one; a table
that also tells categories apart is brought to the districts' and to the city's category totals at once, because
many small categories, none of which can be less than nothing, would otherwise push the city's figure for them up.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from etl.protect.measurements import CELLS, Measurement
from etl.protect.reconcile import Breakdown, Floats, Ints, fit_total, to_total
from etl.protect.twoway import Margins, to_margins
from layers.ladder import LadderTable

Measured = Mapping[LadderTable, Mapping[date, Measurement]]
"""The stored measurements of each table by period."""

_NOTHING = pl.DataFrame(
    schema={
        "period": pl.Date(),
        "district": pl.String(),
        "unit": pl.String(),
        "leaf": pl.String(),
        "value": pl.Int64(),
        "sigma": pl.Float64(),
        "of": pl.Int64(),
        "total_variance": pl.Float64(),
    }
)


def fit(group: Sequence[LadderTable], measured: Measured) -> dict[LadderTable, pl.DataFrame]:
    """Period by period, for the periods in which every table of the group was measured.

    Columns: `period`, `district`, `unit`, `leaf`, `value` (whole homes), and for margins `sigma`, `of` (cells of the
    district) and `total_variance`.
    """
    parts: dict[LadderTable, list[pl.DataFrame]] = {table: [_NOTHING] for table in group}
    for period in sorted(set.intersection(*(set(measured[table]) for table in group))):
        vectors = [measured[table][period] for table in group]
        for table, frame in zip(group, _fit_period(vectors), strict=True):
            parts[table].append(frame.with_columns(period=pl.lit(period)).select(_NOTHING.columns))
    return {table: pl.concat(frames) for table, frames in parts.items()}


def _fit_period(vectors: Sequence[Measurement]) -> list[pl.DataFrame]:
    places = [_numbered(v.cells["district"]) for v in vectors]
    noisy = [v.cells["noisy"].to_numpy().astype(np.float64) for v in vectors]
    sizes = [np.bincount(place) for place in places]
    sums = [np.bincount(place, weights=values) for place, values in zip(places, noisy, strict=True)]
    totals = [
        fit_total([Breakdown(float(s[d]), int(n[d]), v.sigma) for s, n, v in zip(sums, sizes, vectors, strict=True)])
        for d in range(len(sizes[0]))
    ]
    wholes = np.array([t.whole for t in totals], dtype=np.int64)
    variances = np.array([t.variance for t in totals])
    return [
        v.cells.select(CELLS).with_columns(
            value=pl.Series(_whole(v.cells, values, place, wholes)),
            sigma=pl.lit(v.sigma),
            of=pl.Series(size[place]),
            total_variance=pl.Series(variances[place]),
        )
        for v, place, values, size in zip(vectors, places, noisy, sizes, strict=True)
    ]


def _whole(cells: pl.DataFrame, noisy: Floats, place: Ints, totals: Ints) -> Ints:
    """Whole numbers, none below 0, with the districts' totals; and with the city's, where there are categories.

    The nearest numbers with given totals are the same whatever is first added to all cells of a district, and every
    district has the same categories: so what was measured need not be moved to the districts' estimates before.
    """
    leaf = _numbered(cells["leaf"])
    if not leaf.any():
        whole = np.zeros(len(noisy), dtype=np.int64)
        for district, total in enumerate(totals):
            inside = place == district
            whole[inside] = to_total(noisy[inside], int(total))
        return whole
    city = to_total(np.bincount(leaf, weights=noisy).astype(np.float64), int(totals.sum()))
    return to_margins(noisy, (Margins(place, totals), Margins(leaf, city)))


def _numbered(words: pl.Series) -> Ints:
    """Each word's place among the distinct words, from 0."""
    return words.rank("dense").to_numpy().astype(np.int64) - 1
