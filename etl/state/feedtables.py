"""Tables about feeds: what they looked like, which are held, what a person decided."""

import sqlalchemy as sa

from etl.state.tables import metadata

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", sa.Integer, sa.ForeignKey("runs.id")),  # none where a person approved it
    sa.Column("source", sa.String, nullable=False),
    sa.Column("scope", sa.String, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("approved", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
sa.Index("profiles_of_source", profiles.c.source, profiles.c.scope, profiles.c.id)

held_feeds = sa.Table(
    "held_feeds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("began", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("how", sa.String, nullable=False, server_default=""),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("obstacle", sa.String, nullable=False, server_default=""),  # why nobody can approve it
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
)
sa.Index(
    "one_held_feed", held_feeds.c.source, unique=True,
    sqlite_where=held_feeds.c.ended.is_(None), postgresql_where=held_feeds.c.ended.is_(None),
)  # fmt: skip

decisions = sa.Table(  # only ever added to
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("act", sa.String, nullable=False),
    sa.Column("snapshot", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("detail", sa.String, nullable=False, server_default=""),
)
