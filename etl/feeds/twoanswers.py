"""One figure has one source: two that give it would answer the same question twice."""

import polars as pl

from etl.errors import DeclarationError
from layers.topics import Topic

_FIGURE = ["measure", "grain", "period", "geography", "unit", "category", "kind"]


def refuse_two_answers(counts: pl.DataFrame, topic: Topic) -> None:
    """Raises DeclarationError where two sources of a topic both give a count of an area or of the city.

    `counts` are all rows of the release. Cells are left out: no agency counts by them.
    """
    of_areas = counts.filter(~pl.col("geography").str.contains("^(h3_|zone)"))
    twice = of_areas.filter(of_areas.select(_FIGURE).is_duplicated()).sort(_FIGURE)
    if twice.height:
        one = twice.row(0, named=True)
        what = f"two of its sources give {one['measure']} by {one['grain']} for the same {one['geography']}."
        remedy = "Publish one of them (`publish = false` in the other), or give one a measure of its own."
        raise DeclarationError.of("sources", topic.name, what, remedy)
