"""Approvals: who booked a second measurement, when and why. Append-only, and bound to the ledger's chain by hash.

The ledger's entry of an edition carries, as its evidence, the hash of the approval: neither can be changed alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa

from etl.appendonly import append_only
from etl.protect.key import MeasurementKey
from etl.protect.refusals import LedgerBroken

_metadata = sa.MetaData()
privacy_approvals = sa.Table(
    "privacy_approvals",
    _metadata,
    sa.Column("hash", sa.String, primary_key=True),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("tier", sa.String, nullable=False),
    sa.Column("measured_table", sa.String, nullable=False),
    sa.Column("period", sa.Date, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("booked_by", sa.String, nullable=False),
    sa.Column("booked_on", sa.Date, nullable=False),
    sa.UniqueConstraint("topic", "tier", "measured_table", "period", "edition", name="approved_once"),
)

append_only(privacy_approvals, "approvals are append-only")


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's decision that a table of a period is measured once more. `reason` and `booked_by` are published."""

    key: MeasurementKey
    reason: str
    booked_by: str
    booked_on: date

    @property
    def digest(self) -> str:
        """The hash that the ledger's entry carries."""
        return hashlib.sha256(json.dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()


class Approvals:
    """The table, in the private database that `engine` opens."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        _metadata.create_all(engine)

    def of(self, topic: str, tier: str, evidence: Mapping[MeasurementKey, str]) -> tuple[Approval, ...]:
        """Every approval of a topic and tier, oldest period first, each proved by the ledger's `evidence` of its key.

        Raises LedgerBroken where an edition has no approval that fits.
        """
        found = {approval.key: approval for approval in self._read(topic, tier)}
        for key, digest in evidence.items():
            if key not in found or found[key].digest != digest:
                raise LedgerBroken(f"The ledger booked {key}, but no approval says who wanted it and why.")
        return tuple(found[key] for key in sorted(evidence))

    def _read(self, topic: str, tier: str) -> list[Approval]:
        table = privacy_approvals
        query = sa.select(table).where(table.c.topic == topic, table.c.tier == tier)
        with self._engine.connect() as connection:
            return [_approval(row) for row in connection.execute(query).mappings()]


def write_approval(connection: sa.Connection, approval: Approval) -> None:
    """Within the transaction that books it in the ledger: both are written, or neither."""
    _metadata.create_all(connection)
    key = approval.key
    connection.execute(
        privacy_approvals.insert().values(
            hash=approval.digest,
            topic=key.topic,
            tier=key.tier,
            measured_table=key.table,
            period=key.period,
            edition=key.edition,
            reason=approval.reason,
            booked_by=approval.booked_by,
            booked_on=approval.booked_on,
        )
    )


def _approval(row: sa.RowMapping) -> Approval:
    key = MeasurementKey(row["topic"], row["tier"], row["measured_table"], row["period"], row["edition"])
    return Approval(key, row["reason"], row["booked_by"], row["booked_on"])
