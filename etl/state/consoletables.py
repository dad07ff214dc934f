"""Tables of the steward's console: who may sign in, who is signed in, tries, acts, and which sources are paused."""

import sqlalchemy as sa

from etl.appendonly import append_only
from etl.state.tables import Moment, metadata

console_users = sa.Table(
    "console_users",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("password", sa.String, nullable=False),  # Argon2id, salted
    sa.Column("added", Moment, nullable=False),
)
console_sessions = sa.Table(
    "console_sessions",
    metadata,
    sa.Column("hash", sa.String, primary_key=True),  # of the random id that only the browser has
    sa.Column("user", sa.String, nullable=False),
    sa.Column("began", Moment, nullable=False),
    sa.Column("seen", Moment, nullable=False),
)
console_tries = sa.Table(  # failed sign-ins of late; names as keyed hashes, since people type passwords there
    "console_tries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("client", sa.String, nullable=False),
)
console_acts = sa.Table(  # only ever added to: what was asked for, and another row for what became of it
    "console_acts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("act", sa.String, nullable=False),
    sa.Column("about", sa.String, nullable=False),  # ids of a source, topic or release
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),  # asked, done or failed
    sa.Column("detail", sa.String, nullable=False),
    sa.Column("asked", sa.Integer),  # the row in which it was asked for
)
append_only(console_acts, "acts are append-only")

paused_sources = sa.Table(
    "paused_sources",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
)
