"""What the private database holds, as SQLAlchemy sees it. The migrations make it; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("exit_code", sa.Integer),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("release", sa.String),
    sa.Column("dry", sa.Boolean, nullable=False, default=False),
    sa.Column("tier", sa.String, nullable=False, server_default="public"),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="1"),
    sa.Column("trigger", sa.String, nullable=False, server_default="person"),
    sa.Column("by", sa.String, nullable=False, server_default=""),
)
source_runs = sa.Table(
    "source_runs",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("rejects", sa.String, nullable=False),
    sa.Column("located", sa.String, nullable=False),
)
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("tier", sa.String, nullable=False),
    sa.Column("began", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("run", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),  # the last run that was held
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("how", sa.String, nullable=False, server_default=""),  # how it ended
    sa.Column("by", sa.String, nullable=False, server_default=""),  # who ended it; nobody where a run passed
)
sa.Index(
    "one_open_hold", holds.c.topic, holds.c.tier, unique=True,
    sqlite_where=holds.c.ended.is_(None), postgresql_where=holds.c.ended.is_(None),
)  # fmt: skip


def aware(moment: datetime | None) -> Any:
    """SQLite forgets the zone; everything written here was UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
