"""The steward's console: users, sessions, tries, acts (append-only), paused sources; and how long a run took."""

import sqlalchemy as sa
from alembic import op

revision = "m0005"
down_revision = "m0004"

MOMENT = sa.DateTime(timezone=True)
REFUSAL = "acts are append-only"


def upgrade() -> None:
    """Five new tables, and a column of runs."""
    op.add_column("runs", sa.Column("seconds", sa.Double))
    op.create_table(
        "console_users",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("password", sa.String, nullable=False),
        sa.Column("added", MOMENT, nullable=False),
    )
    op.create_table(
        "console_sessions",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("began", MOMENT, nullable=False),
        sa.Column("seen", MOMENT, nullable=False),
    )
    op.create_table(
        "console_tries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("client", sa.String, nullable=False),
    )
    op.create_table(
        "paused_sources",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    _make_acts()


def _make_acts() -> None:
    op.create_table(
        "console_acts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("asked", sa.Integer),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION console_acts_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER console_acts_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON console_acts "
            "EXECUTE FUNCTION console_acts_refuse()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER console_acts_no_{act} BEFORE {act.upper()} ON console_acts "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
