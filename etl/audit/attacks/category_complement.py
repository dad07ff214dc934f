"""Category complement: `all` minus the shown categories, and each category minus its crossings with another.

As with places: what is left over of measured figures is a protected figure, so only totals that are not the sum of
their categories are findings; of exact counts, whatever narrows a hidden category is one too. Categories of counts as
received are left alone, because agencies may count one home in several.
"""

import polars as pl

from etl.audit.categories import breakdown_rows
from etl.audit.finding import Attempt, findings
from etl.audit.published import Published
from etl.audit.sums import WHOLE, compared, contradictions, narrowed

ATTACK = "category_complement"
TITLE = "All minus the shown categories"


def run(published: Published) -> Attempt:
    """Compare every total of categories with the sum of its parts."""
    tables = published.tables.filter(pl.col("answer") != "source")
    parts = tables.join(
        breakdown_rows(tables), on=["tier", "topic", "release", "measure", "grain", "geography", "category"]
    ).with_columns(category="whole", inside=pl.lit(value=True))
    pairs = compared(tables, parts, by="breakdown")
    learned = pl.concat([contradictions(pairs), narrowed(pairs)]).unique(list(WHOLE), keep="first", maintain_order=True)
    told = pairs.filter("told")
    return Attempt(ATTACK, TITLE, told.height, findings(ATTACK, learned), _best(told, learned.height))


def _best(told: pl.DataFrame, found: int) -> str:
    if not told.height:
        return "No figure is told apart by category."
    if found:
        return f"{found:,} totals do not fit the sum of their categories."
    return (
        f"Each of {told.height:,} totals fits the sum of its categories; subtracting the shown ones from it gives "
        "nothing but further protected figures."
    )
