"""The columns of a release's long table, once, for data frames and for SQL."""

from collections.abc import Collection

import polars as pl
import sqlalchemy as sa

COUNTS_SCHEMA: dict[str, pl.DataType] = {
    "topic": pl.String(),
    "measure": pl.String(),
    "category": pl.String(),
    "geography": pl.String(),
    "unit": pl.String(),
    "grain": pl.String(),
    "kind": pl.String(),
    "period": pl.Date(),
    "status": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "flag": pl.String(),
}
ZONES_SCHEMA: dict[str, pl.DataType] = {
    "cell": pl.String(),
    "zone1": pl.String(),
    "zone2": pl.String(),
    "neighborhood": pl.String(),
    "district": pl.String(),
    "homes": pl.Int64(),
}
PARTNER_ZONES_SCHEMA: dict[str, pl.DataType] = {"cell": pl.String(), "zone0": pl.String()} | ZONES_SCHEMA
"""The partner tier's zones are told apart once more."""
COUNTS_ORDER: tuple[str, ...] = ("measure", "geography", "grain", "category", "period", "unit")
"""Row order in the file, so that a question reads few row groups."""

KEY: tuple[str, ...] = ("topic", "measure", "category", "geography", "unit", "grain", "period")
"""No two rows of a release share these."""

metadata = sa.MetaData()
counts_table = sa.Table(
    "counts",
    metadata,
    sa.Column("release", sa.String, primary_key=True),
    *(
        sa.Column(
            name,
            sa.Date if name == "period" else sa.Double if name in ("value", "low", "high") else sa.String,
            primary_key=name in KEY,
            nullable=name in ("value", "low", "high", "flag"),
        )
        for name in COUNTS_SCHEMA
    ),
)
"""The same rows in PostgreSQL, all releases together."""


def zones_schema(columns: Collection[str]) -> dict[str, pl.DataType]:
    """The columns of a zones file: those of the partner tier where it has `zone0`."""
    return PARTNER_ZONES_SCHEMA if "zone0" in columns else ZONES_SCHEMA


def conform(counts: pl.DataFrame) -> pl.DataFrame:
    """`counts` with the columns, types and order of a release.

    Raises ValueError where a column is missing, a key repeats, or a status disagrees with its value.
    """
    missing = [name for name in COUNTS_SCHEMA if name not in counts.columns]
    if missing:
        raise ValueError(f"counts lack the columns {', '.join(missing)}")
    frame = _sorted(counts.select(pl.col(n).cast(t) for n, t in COUNTS_SCHEMA.items()))
    _refuse_contradictions(frame)
    return frame


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in file order. The place of each word among its column's words sorts many times faster than the words."""
    words = [name for name in COUNTS_ORDER if COUNTS_SCHEMA[name] == pl.String()]
    places = frame.with_columns(pl.col(n).cast(pl.Enum(frame[n].unique().sort())) for n in words)
    return places.sort(*COUNTS_ORDER).with_columns(pl.col(n).cast(pl.String) for n in words)


def _refuse_contradictions(frame: pl.DataFrame) -> None:
    shown = pl.col("status").is_in(["value", "zero"])
    bad = frame.filter(
        (shown & pl.col("value").is_null())
        | (~shown & pl.col("value").is_not_null())
        | ((pl.col("status") == "zero") & (pl.col("value") != 0))
    )
    if bad.height:
        raise ValueError(f"{bad.height} rows have a value that their status denies, or none where it promises one")
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in KEY)
    if frame.select(same.fill_null(False).any()).item():
        raise ValueError("two rows have the same key")
