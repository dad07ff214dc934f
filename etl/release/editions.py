"""Editions as the steward reads them, and as a release names them."""

import json
from collections.abc import Iterator

from etl.context import Context
from etl.protect.approvals import Approval, Approvals
from etl.protect.editions import editions_booked
from etl.protect.ledger import Ledger
from layers.policy import PROTECTED_TOPICS
from layers.protection import Edition


def approvals_of(context: Context, name: str) -> tuple[tuple[Approval, bool], ...]:
    """Every edition of a topic in this tier after the first ones, and whether it was measured."""
    ledger = Ledger(context.state.engine, context.clock)
    booked = editions_booked(ledger, name, context.tier)
    if not booked:
        return ()
    sealed = ledger.sealed(name, context.tier)
    found = Approvals(context.state.engine).of(name, context.tier, booked)
    return tuple((approval, approval.key in sealed) for approval in found)


def measured_editions(context: Context, name: str) -> tuple[Edition, ...]:
    """What a release says of its second measurements."""
    return tuple(
        Edition(
            table=approval.key.table,
            period=approval.key.period,
            edition=approval.key.edition,
            reason=approval.reason,
            booked_by=approval.booked_by,
            booked_on=approval.booked_on,
        )
        for approval, measured in approvals_of(context, name)
        if measured
    )


def edition_lines(context: Context, *, as_json: bool) -> Iterator[str]:
    """For the status: every edition, who booked it and why, and whether it was measured."""
    for name in PROTECTED_TOPICS:
        for approval, measured in approvals_of(context, name):
            key = approval.key
            if as_json:
                told = {"topic": key.topic, "tier": key.tier, "table": key.table, "period": key.period.isoformat()}
                named = {"booked_by": approval.booked_by, "booked_on": approval.booked_on.isoformat()}
                yield json.dumps(
                    {"edition": key.edition, **told, **named, "reason": approval.reason, "measured": measured}
                )
                continue
            done = "measured" if measured else "waits for the next run"
            yield (
                f"edition {key.edition} of {key.topic} {key.tier} {key.table} {key.period}: {done}; booked by "
                f"{approval.booked_by} on {approval.booked_on}: {approval.reason}"
            )
