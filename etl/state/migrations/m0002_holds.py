"""Which attempt a run was and what set it off; when a topic came to be held and when that ended."""

import sqlalchemy as sa
from alembic import op

revision = "m0002"
down_revision = "m0001"


def upgrade() -> None:
    """Three columns of runs, and the holds; what is held now is found when its topic runs next."""
    op.add_column("runs", sa.Column("attempt", sa.Integer, nullable=False, server_default="1"))
    op.add_column("runs", sa.Column("trigger", sa.String, nullable=False, server_default="person"))
    op.add_column("runs", sa.Column("by", sa.String, nullable=False, server_default=""))
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("exit_code", sa.Integer, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("how", sa.String, nullable=False, server_default=""),
        sa.Column("by", sa.String, nullable=False, server_default=""),
    )
    still = sa.text("ended IS NULL")
    op.create_index(
        "one_open_hold", "holds", ["topic", "tier"], unique=True, sqlite_where=still, postgresql_where=still
    )
