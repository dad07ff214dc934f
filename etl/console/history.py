"""What a source gave in each run: rows, rejects, how records were located, duplicates, seconds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from etl.drift.profile import from_text
from etl.state import Run
from etl.state.database import READS
from etl.state.feedtables import profiles
from etl.state.runs import run_of
from etl.state.tables import runs, source_runs


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source in a run. Figures are None where the run ended before they were known."""

    run: Run
    rows: int | None = None
    accepted: int | None = None
    rejects: Mapping[str, int] = field(default_factory=dict)
    located: Mapping[str, int] = field(default_factory=dict)
    duplicates: int | None = None

    @property
    def located_shares(self) -> dict[str, float]:
        """Way → share (0 to 1) of the records."""
        total = sum(self.located.values())
        return {way: number / total for way, number in self.located.items()} if total else {}


def source_history(engine: sa.Engine, source: str, topic: str, *, limit: int) -> list[SourceRow]:
    """The newest runs of a source's topic in all tiers, dry ones too, newest first."""
    mine = sa.and_(source_runs.c.run == runs.c.id, source_runs.c.source == source)
    profile = sa.and_(profiles.c.run == runs.c.id, profiles.c.source == source)
    told = [source_runs.c[name].label(f"of_{name}") for name in ("rows", "accepted", "rejects", "located")]
    query = (
        sa.select(runs, *told, profiles.c.body)
        .outerjoin(source_runs, mine)
        .outerjoin(profiles, profile)
        .where(runs.c.topic == topic)
        .order_by(runs.c.id.desc())
        .limit(limit)
    )
    with engine.connect().execution_options(**READS) as connection:
        return [_row(row) for row in connection.execute(query).mappings()]


def _row(row: sa.RowMapping) -> SourceRow:
    run = run_of(row)
    if row["of_rows"] is None:
        return SourceRow(run)
    return SourceRow(
        run,
        row["of_rows"],
        row["of_accepted"],
        json.loads(row["of_rejects"]),
        json.loads(row["of_located"]),
        from_text(row["body"]).duplicates if row["body"] else None,
    )
