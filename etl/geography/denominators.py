"""Public homes by area where a city has no address file: as its census or planning office counted them."""

from collections.abc import Sequence

import polars as pl

from etl.context import Context, Homes
from etl.feeds.counted import read_counted
from etl.feeds.mainmeasure import main_measure
from layers.topics import topic

TOPIC = "households"
_TOLD = ("homes", "renter_households")


def counted_homes(context: Context) -> Homes:
    """Homes by area from `households` sources that are already counted; the newest figure of each area.

    Only areas of the kinds that were counted have homes, and the city if all of them reported. Without such a source
    there are none. Raises what holds the run (exit codes 10 and 11).
    """
    tables = []
    titles = []
    for source in context.city.sources_of(TOPIC):
        if source.counted is None:
            continue
        measure = source.counted.measure or main_measure(topic(TOPIC))
        accepted, _ = read_counted(context, source)
        tables.append(_newest(accepted.rows).with_columns(measure=pl.lit(measure)))
        titles += [source.title] if measure == "homes" else []
    if not titles:
        return Homes(None, context.places.homes(None))
    return Homes(None, _by_unit(tables), " and ".join(titles))


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    told = rows.filter((pl.col("category") == "all") & pl.col("value").is_not_null())
    return told.sort("period").group_by("geography", "unit").agg(pl.col("value").last().cast(pl.Int64))


def _by_unit(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    wide = pl.concat(tables).pivot("measure", index=["geography", "unit"], values="value")
    absent = [pl.lit(None, pl.Int64).alias(name) for name in _TOLD if name not in wide.columns]
    return wide.with_columns(absent).select("geography", "unit", *_TOLD).sort("geography", "unit")
