"""The gate of one feed in one run, step by step: its bytes, its columns, its records, their places."""

from dataclasses import replace

from etl.city import Source
from etl.context import Context
from etl.drift.finding import Finding
from etl.drift.formerly import former_reference, told_of
from etl.drift.gate import (
    NEVER_APPROVED,
    Examined,
    examined_columns,
    reference_of,
    refuse_rejected,
    require,
    with_places,
    with_records,
)
from etl.drift.profile import Profile, Scope
from etl.errors import EtlError
from etl.feeds.gates import check_coordinates, check_located
from etl.feeds.ground import previous_rows
from etl.records import Ingested, Located, Validated
from etl.state import Feeds
from etl.steps.validate import FEW, require_quality


class FeedGate:
    """Every step raises what holds the run (exit codes 11 to 13). `seen` is what was found so far.

    Raises TooManyRejects at once where a person refused exactly these bytes.
    """

    def __init__(self, context: Context, source: Source, ingested: Ingested, snapshot: str) -> None:
        feeds = Feeds(context.state.engine)
        refuse_rejected(feeds, source, snapshot)
        scope: Scope = "whole" if ingested.complete else "changes"
        self._context, self._source, self._ingested = context, source, ingested
        self._reference = reference_of(feeds, source.id, scope, context.last_day(source))
        self._formerly: Finding | None = None
        former = former_reference(context, source, ingested) if self._reference is None else None
        if former is not None:
            self._formerly, self._reference = told_of(former[0]), former[1]
        self.seen = Examined(source, snapshot, Profile(context.last_day(source), scope, rows=0, records=0))

    def columns(self) -> None:
        """Columns that are missing, renamed or of another kind."""
        self.seen = examined_columns(
            self._ingested,
            self._source,
            self.seen.snapshot,
            day=self.seen.profile.day,
            key=self._context.folders.key("snapshots"),
            last=self._reference.last if self._reference else None,
        )
        if self._formerly is not None:
            self.seen = replace(self.seen, findings=(*self.seen.findings, self._formerly))
        if any(finding.kind in NEVER_APPROVED for finding in self.seen.findings):
            require(self.seen)  # anything else is told with what was counted, so that all of it can be approved

    def records(self, validated: Validated) -> None:
        """Declared limits on rows, and what changed in codes, volume, mix and duplicates."""
        self.seen = with_records(self.seen, validated, self._reference)
        require(self.seen, self._limit_passed(validated))

    def places(self, located: Located) -> None:
        """Declared limits on places, and whether fewer records could be placed."""
        self.seen = with_places(self.seen, located.events, self._reference)
        require(self.seen, misplaced(located, self._source, whole=self._ingested.complete))

    def _limit_passed(self, validated: Validated) -> EtlError | None:
        """Where a profile was accepted, shrinking is judged by that."""
        whole = self._ingested.complete
        previous = previous_rows(self._context, self._source) if self._reference is None and whole else None
        return limit_passed(validated, self._source, previous, whole=whole)


def limit_passed(validated: Validated, source: Source, previous: int | None, *, whole: bool) -> EtlError | None:
    """The declared limit on rows that was passed; None where none was."""
    try:
        require_quality(validated, source, previous, complete=whole)
    except EtlError as error:
        return error
    return None


def misplaced(located: Located, source: Source, *, whole: bool) -> EtlError | None:
    """The declared limit on places that was passed; None where none was."""
    try:
        few = 0 if whole else FEW
        check_coordinates(source.id, located.located, located.faults, source.limits, few=few)
        check_located(source.id, located.located, source.limits, few=few)
    except EtlError as error:
        return error
    return None
