"""Subscriptions, the hashes of the links in their mails, mails that wait, and how many were asked for in an hour."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def _of_one() -> sa.ForeignKey:
    return sa.ForeignKey("subscriptions.id", ondelete="CASCADE")


def upgrade() -> None:
    """Four tables."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("address", sa.String, nullable=False, unique=True),
        sa.Column("choice", sa.String, nullable=False),
        sa.Column("made", MOMENT, nullable=False),
        sa.Column("asked", MOMENT, nullable=False),
        sa.Column("asks", sa.Integer, nullable=False),
        sa.Column("confirmed", MOMENT),
        sa.Column("checked", MOMENT),
        sa.Column("told", sa.String, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("subscription", sa.Integer, _of_one(), nullable=False, index=True),
        sa.Column("made", MOMENT, nullable=False),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("subscription", sa.Integer, _of_one(), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("until", sa.String, nullable=False),
        sa.Column("made", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("try_at", MOMENT, nullable=False),
        sa.UniqueConstraint("subscription", "kind", name="one_waits"),
    )
    op.create_table(
        "asked_for",
        sa.Column("hour", MOMENT, primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
    )
