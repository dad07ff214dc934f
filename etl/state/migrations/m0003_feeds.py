"""What each feed looked like, which feeds are held for what changed in them, and what a person decided about them."""

import sqlalchemy as sa
from alembic import op

revision = "m0003"
down_revision = "m0002"


def upgrade() -> None:
    """Three tables; profiles begin with the next run."""
    op.create_table(
        "profiles",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.id")),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("profiles_of_source", "profiles", ["source", "scope", "id"])
    op.create_table(
        "held_feeds",
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
        sa.Column("obstacle", sa.String, nullable=False, server_default=""),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
    )
    still = sa.text("ended IS NULL")
    op.create_index("one_held_feed", "held_feeds", ["source"], unique=True, sqlite_where=still, postgresql_where=still)
    op.create_table(
        "decisions",
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
