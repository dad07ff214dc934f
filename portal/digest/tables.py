"""What the database of subscriptions holds, as SQLAlchemy sees it. The migrations make it; a test compares the two."""

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData()


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
        """Aware again: SQLite forgets the zone."""
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _of_one() -> sa.ForeignKey:
    return sa.ForeignKey("subscriptions.id", ondelete="CASCADE")


subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("address", sa.String, nullable=False, unique=True),
    sa.Column("choice", sa.String, nullable=False),  # language, how often, places, topics (JSON)
    sa.Column("made", Moment, nullable=False),
    sa.Column("asked", Moment, nullable=False),  # when a mail about signing up was last asked for, and how often
    sa.Column("asks", sa.Integer, nullable=False),
    sa.Column("confirmed", Moment),
    sa.Column("checked", Moment),  # when it was last looked whether there is something to tell
    sa.Column("told", sa.String, nullable=False),  # up to which releases it was told (JSON)
    sa.Column("refused", sa.Integer, nullable=False),  # mails in a row that the address's own server refused for good
)
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("hash", sa.String, primary_key=True),
    sa.Column("subscription", sa.Integer, _of_one(), nullable=False, index=True),
    sa.Column("made", Moment, nullable=False),
)
mails = sa.Table(  # written before a mail is sent, deleted once it was taken
    "mails",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("subscription", sa.Integer, _of_one(), nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("until", sa.String, nullable=False),
    sa.Column("made", Moment, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("try_at", Moment, nullable=False),
    sa.UniqueConstraint("subscription", "kind", name="one_waits"),
)
mail_hours = sa.Table(  # how many mails to confirm go in an hour
    "mail_hours",
    metadata,
    sa.Column("hour", Moment, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
)
sign_ups = sa.Table(  # how many signed up in an hour from the networks of one bucket
    "sign_ups",
    metadata,
    sa.Column("hour", Moment, primary_key=True),
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("times", sa.Integer, nullable=False),
)
day_keys = sa.Table(  # under which networks are put into buckets on one day
    "day_keys",
    metadata,
    sa.Column("day", Moment, primary_key=True),
    sa.Column("key", sa.String, nullable=False),
)
