"""The gate at the end of reading a feed: its profile, what changed in it, and the error that holds the run."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from etl.city import Source
from etl.drift.columns import sampled_columns, unread_columns
from etl.drift.compare import Reference, drift
from etl.drift.finding import MEANING, PLACES, QUALITY, Finding, fingerprint
from etl.drift.observe import located_by_week
from etl.drift.profile import Column, Profile, Scope, from_text, to_text
from etl.drift.schema import column_findings, declared_columns
from etl.errors import EtlError, SchemaDrift, SourceUnreadable, TooFewLocated, TooManyRejects
from etl.records import Ingested, Validated
from etl.state import Feeds
from layers.topics import topic

_AWAY = timedelta(days=28)
_ERRORS: dict[int, type[EtlError]] = {MEANING: SchemaDrift, QUALITY: TooManyRejects, PLACES: TooFewLocated}
NEVER_APPROVED = ("column_missing", "column_renamed")
OF_COLUMNS = ("ids_rewritten", "formerly")
"""What was found before anything was counted, beside what is about columns."""
_TOLD = 6

_MISSING = "A column that the declaration names is missing: map it, or correct [fields]."
_LIMIT = "A declared limit was passed: correct the feed, map its codes, or change [limits]."


@dataclass(frozen=True, slots=True)
class Examined:
    """A feed that was looked at: its seal, its profile so far, and what changed since the last accepted one."""

    source: Source
    snapshot: str
    profile: Profile
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A feed that holds its run. `obstacle` says why nobody can approve it: what a declaration says, only a
    declaration changes."""

    seen: Examined
    obstacle: str


def reference_of(feeds: Feeds, source: str, scope: Scope, day: date) -> Reference | None:
    """What a feed is compared with; None where nothing of its kind was accepted yet."""
    accepted = feeds.accepted(source, scope)
    if not accepted:
        return None
    anchor = next((p for p in accepted if p.approved or p.day <= day - _AWAY), accepted[-1])
    last = from_text(accepted[0].body)
    return Reference(last, last if anchor is accepted[0] else from_text(anchor.body))


def last_accepted(engine: sa.Engine, source: str) -> Profile | None:
    """The whole feed of a source that was accepted last, or else its last changes; None before the first."""
    feeds = Feeds(engine)
    scopes: tuple[Scope, ...] = ("whole", "changes")
    return next((from_text(found[0].body) for scope in scopes if (found := feeds.accepted(source, scope))), None)


def refuse_rejected(feeds: Feeds, source: Source, snapshot: str) -> None:
    """Raises TooManyRejects where a person refused exactly these bytes."""
    decision = feeds.rejected(source.id, snapshot)
    if decision is not None:
        raise TooManyRejects(
            f"Source {source.id} sent again what {decision.by} rejected on {decision.at:%d %b %Y}.",
            "The last release stays up until another feed comes.",
        )


def examined_columns(
    ingested: Ingested, source: Source, snapshot: str, *, day: date, key: bytes, last: Profile | None
) -> Examined:
    """The feed's columns, and what changed of them: before anything is read by their names. Raises SourceUnreadable."""
    columns = _columns(ingested, declared_columns(source), key)
    findings = tuple(column_findings(columns, ingested.columns(), source, last))
    scope: Scope = "whole" if ingested.complete else "changes"
    return Examined(source, snapshot, Profile(day, scope, rows=0, records=0, columns=columns), findings)


def _columns(ingested: Ingested, declared: Sequence[str], key: bytes) -> tuple[Column, ...]:
    """Raises SourceUnreadable where the rows cannot be read though every declared column is there.

    With another delimiter or a title above the header quotation marks stand where they make no sense: then what is
    wrong is the header, and it is told.
    """
    try:
        return sampled_columns(ingested, declared, key)
    except SourceUnreadable:
        if set(declared) <= set(ingested.columns()):
            raise
        return unread_columns(ingested, declared, key)


def with_records(seen: Examined, validated: Validated, reference: Reference | None) -> Examined:
    """The same with what was counted of its records, and what changed in that."""
    profile = filled(seen.profile, validated)
    changed = drift(profile, reference, seen.source)
    return replace(seen, profile=profile, findings=(*seen.findings, *changed))


def with_places(seen: Examined, events: pl.DataFrame, reference: Reference | None) -> Examined:
    """The same with how its records were placed."""
    about = topic(seen.source.topic)
    profile = replace(seen.profile, located=located_by_week(events, about.event_date, seen.profile.day))
    median, p90 = _lag(events, about.event_date, profile.day)
    profile = replace(profile, lag_median=median, lag_p90=p90)
    columns = tuple(each for each in seen.findings if each.kind.startswith("column") or each.kind in OF_COLUMNS)
    return replace(seen, profile=profile, findings=(*columns, *drift(profile, reference, seen.source)))


def filled(profile: Profile, validated: Validated) -> Profile:
    """The profile of a feed's columns, with what validate counted."""
    rejects = validated.rejected()
    observed = validated.observed
    assert observed is not None
    return replace(
        profile,
        rows=validated.rows,
        records=validated.rows - sum(rejects.values()),
        rejects=rejects,
        unmapped=dict(validated.unmapped),
        fields=observed.fields,
        newest=observed.newest,
        months=observed.months,
        weeks=observed.weeks,
        codes=observed.codes,
        empty=observed.empty,
    )


def _lag(events: pl.DataFrame, event: str | None, day: date) -> tuple[float | None, float | None]:
    """Days from the events to the day of the feed: median and 90th percentile."""
    if event is None or event not in events.columns or not events.height:
        return None, None
    days = (pl.lit(day) - pl.col(event).cast(pl.Date)).dt.total_days()
    median, p90 = events.select(days.median().alias("median"), days.quantile(0.9).alias("p90")).row(0)
    return median, p90


def require(seen: Examined, failure: EtlError | None = None) -> None:
    """Raises what holds the run: a declared limit that was passed (`failure`), or a change that a person must look at.

    The error carries the feed as `held`, so that whoever ends the run can keep it for the steward.
    """
    holding = [finding for finding in seen.findings if finding.holds]
    if failure is None and not holding:
        return
    if failure is None:
        code = min(finding.exit_code for finding in holding)
        obstacle = _MISSING if any(finding.kind in NEVER_APPROVED for finding in holding) else ""
        error = _ERRORS[code](
            f"Source {seen.source.id} is not as it was: {_sentences(holding)}",
            "See `python -m etl holds CITY`, then approve, map or reject; the last release stays up.",
        )
    else:
        error, obstacle = failure, _LIMIT
        if holding:
            error.what = f"{error.what} {_sentences(holding)}"
    error.held = Held(seen, obstacle)
    raise error


def _sentences(findings: Sequence[Finding]) -> str:
    told = " ".join(finding.sentence for finding in findings[:_TOLD])
    return told if len(findings) <= _TOLD else f"{told} And {len(findings) - _TOLD} more."


def findings_text(findings: Iterable[Finding]) -> str:
    """Findings as JSON for the private database."""
    return json.dumps([finding.told() for finding in findings])


def note_held(feeds: Feeds, error: EtlError, at: datetime) -> None:
    """Keep the feed that an error carries for the steward; nothing where it carries none."""
    held = error.held
    if not isinstance(held, Held):
        return
    seen = held.seen
    feeds.hold(
        seen.source.id,
        seen.source.topic,
        snapshot=seen.snapshot,
        fingerprint=fingerprint(seen.snapshot, seen.findings),
        at=at,
        exit_code=error.exit_code,
        reason=error.what,
        obstacle=held.obstacle,
        findings=findings_text(seen.findings),
        profile=to_text(seen.profile),
    )
