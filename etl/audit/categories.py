"""How categories add up, as an intruder reads it off their names."""

from collections.abc import Collection, Iterator

import polars as pl

from layers.ladder import ALL


def breakdowns(categories: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """(total, breakdown, part): every way in which one category is the sum of others.

    A name made of two others (`settled_with_lawyer`) is where they cross; each of the two is then the sum of its
    crossings, and `all` is the sum of each dimension and of all crossings. Without crossings `all` is the sum of the
    rest. `breakdown` names the way.
    """
    names = sorted(set(categories) - {ALL})
    crossed = {f"{a}_{b}": (a, b) for a in names for b in names if f"{a}_{b}" in names}
    if not crossed:
        yield from ((ALL, "categories", name) for name in names)
        return
    for name, (first, second) in crossed.items():
        yield (ALL, "crossings", name)
        yield (first, "crossings", name)
        yield (second, "crossings", name)
    for dimension, place in (("first", 0), ("second", 1)):
        for name in sorted({pair[place] for pair in crossed.values()}):
            yield (ALL, dimension, name)


def breakdown_rows(tables: pl.DataFrame) -> pl.DataFrame:
    """`breakdowns` of every table: `tier`, `topic`, `release`, `measure`, `grain`, `geography`, `whole`, `breakdown`,
    `category` (the part)."""
    by = ["tier", "topic", "release", "measure", "grain", "geography"]
    told = tables.group_by(by).agg(pl.col("category").unique())
    rows = [
        (*row[:-1], *breakdown) for row in told.select(*by, "category").iter_rows() for breakdown in breakdowns(row[-1])
    ]
    columns = [*by, "whole", "breakdown", "category"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String()), orient="row")
