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
    sa.Column("seconds", sa.Double),  # how long it took by this machine's own watch; none where it was killed
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


class Moment(sa.TypeDecorator[datetime]):
    """An aware moment, kept as UTC: SQLite compares and returns it as PostgreSQL does."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC; ValueError where it has no zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Aware again."""
        return None if value is None else aware(value).astimezone(UTC)


jobs = sa.Table(  # the scheduling library's own; what is due is decided by `timetable` and `occasions`
    "jobs",
    metadata,
    sa.Column("id", sa.Unicode(191), primary_key=True),
    sa.Column("next_run_time", sa.Float(25), index=True),
    sa.Column("job_state", sa.LargeBinary, nullable=False),
)
timetable = sa.Table(  # up to which moment the declared times of a source have been looked at
    "timetable",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("cron", sa.String, nullable=False),
    sa.Column("zone", sa.String, nullable=False),
    sa.Column("seen", Moment, nullable=False),
)
occasions = sa.Table(  # a declared time of a source that came, and what became of it
    "occasions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("tier", sa.String, nullable=False),
    sa.Column("due", Moment, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("try_at", Moment, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.UniqueConstraint("source", "tier", "due", name="each_time_once"),
)
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),  # grows with every new owner: the fence
    sa.Column("beats", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),  # seconds since 1970 by the database's clock
)
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("tier", sa.String, nullable=False),
    sa.Column("began", Moment, nullable=False),
    sa.Column("ended", Moment),
    sa.Column("exit_code", sa.Integer),
)
sa.Index(
    "one_open_alert", alerts.c.kind, alerts.c.topic, alerts.c.tier, unique=True,
    sqlite_where=alerts.c.ended.is_(None), postgresql_where=alerts.c.ended.is_(None),
)  # fmt: skip
alert_messages = sa.Table(
    "alert_messages",
    metadata,
    sa.Column("id", sa.String, primary_key=True),  # what a receiver knows a repeated one by
    sa.Column("alert", sa.Integer, sa.ForeignKey("alerts.id"), nullable=False),
    sa.Column("event", sa.String, nullable=False),  # raised or resolved
    sa.Column("channel", sa.String, nullable=False),  # mail or webhook
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("try_at", Moment, nullable=False),
    sa.Column("sent", Moment),
    sa.Column("trouble", sa.String, nullable=False),
)
