"""What the schedule keeps: its jobs, which declared times came, who is in charge, and the alerts."""

import sqlalchemy as sa
from alembic import op

revision = "m0004"
down_revision = "m0003"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Six new tables."""
    op.create_table(
        "jobs",  # as the scheduling library's store wants it
        sa.Column("id", sa.Unicode(191), primary_key=True),
        sa.Column("next_run_time", sa.Float(25)),
        sa.Column("job_state", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_jobs_next_run_time", "jobs", ["next_run_time"])
    op.create_table(
        "timetable",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("cron", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("seen", MOMENT, nullable=False),
    )
    op.create_table(
        "occasions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("try_at", MOMENT, nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.UniqueConstraint("source", "tier", "due", name="each_time_once"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("beats", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )
    _make_alerts()


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("began", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
        sa.Column("exit_code", sa.Integer),
    )
    still = sa.text("ended IS NULL")
    names = ["kind", "topic", "tier"]
    op.create_index("one_open_alert", "alerts", names, unique=True, sqlite_where=still, postgresql_where=still)
    op.create_table(
        "alert_messages",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("alert", sa.Integer, sa.ForeignKey("alerts.id"), nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("try_at", MOMENT, nullable=False),
        sa.Column("sent", MOMENT),
        sa.Column("trouble", sa.String, nullable=False),
    )
