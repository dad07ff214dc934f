"""Sign-ups are counted by network for all server processes together, mails to confirm by the hour that they go in."""

import sqlalchemy as sa
from alembic import op

revision = "m0002"
down_revision = "m0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Three tables; what was counted in the last hour is forgotten."""
    op.drop_table("asked_for")
    op.create_table(
        "mail_hours",
        sa.Column("hour", MOMENT, primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_table(
        "sign_ups",
        sa.Column("hour", MOMENT, primary_key=True),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_table(
        "day_keys",
        sa.Column("day", MOMENT, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
    )
