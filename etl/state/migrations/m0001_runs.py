"""Runs and what their sources gave. Databases from before there were steps have them already, some without the tier."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None


def upgrade() -> None:
    """Make both tables, or add the column that the oldest ones lack."""
    found = sa.inspect(op.get_bind())
    if not found.has_table("runs"):
        _make()
    elif "tier" not in {column["name"] for column in found.get_columns("runs")}:
        op.add_column("runs", sa.Column("tier", sa.String, nullable=False, server_default="public"))


def _make() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("exit_code", sa.Integer),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("release", sa.String),
        sa.Column("dry", sa.Boolean, nullable=False),
        sa.Column("tier", sa.String, nullable=False, server_default="public"),
    )
    op.create_table(
        "source_runs",
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("rejects", sa.String, nullable=False),
        sa.Column("located", sa.String, nullable=False),
    )
