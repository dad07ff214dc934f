"""A look at a source for as little as it can be asked for: some of its rows, judged and placed, and nothing kept."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from secrets import token_hex

from etl.city import Source
from etl.context import Context
from etl.drift.amounts import GRACE
from etl.drift.gate import Examined, examined_columns, last_accepted, require, with_places, with_records
from etl.drift.onfeed import limit_passed, misplaced
from etl.feeds.counted import counts_seen
from etl.feeds.feed import placement_of
from etl.fetch.connector import Sampled
from etl.geography.finding import address_cache
from etl.progress import seldom
from etl.records import Ingested, Validated
from etl.state import SourceRun
from etl.steps.ingest import glanced_at
from etl.steps.locate import Directory
from etl.steps.validate import judge

ROWS = 500


@dataclass(frozen=True, slots=True)
class Glance:
    """What some rows of a source tell: numbers of these rows, what they look like, and what the source says of all.

    `seen` is None for a feed that its agency already counted.
    """

    run: SourceRun
    seen: Examined | None
    sampled: Sampled


def glance(context: Context, source: Source, directory: Directory | None) -> Glance | None:
    """A look at the source; None where its feed lies on this machine, or can only be fetched whole.

    Raises what would hold a run whatever the other rows say (exit codes 10 to 13). A few rows tell nothing of amounts,
    so neither the declared fewest rows nor shrinking counts, and nothing is compared but the columns.
    """
    with _some_rows(context, source) as came:
        if came is None:
            return None
        ingested, sampled = came
        if source.counted is not None:
            return Glance(counts_seen(context, source, ingested), None, sampled)
        seen = _columns(context, source, ingested)
        validated = judge(ingested, source, today=context.as_of, city_zone=context.city.time_zone)
        seen = with_records(seen, validated, None)
        require(_of_the_newest(seen, sampled), limit_passed(validated, source, None, whole=False))
        if source.totals is not None:
            return Glance(_run(source, validated, {}), _of_the_newest(seen, sampled), sampled)
        return _placed(context, source, directory, validated, seen, sampled)


def _placed(
    context: Context,
    source: Source,
    directory: Directory | None,
    validated: Validated,
    seen: Examined,
    sampled: Sampled,
) -> Glance:
    placement = placement_of(context, source, directory, validated, whole=False)
    placement.make_keys()
    found = placement.place(validated.records.collect(), placement.finder(address_cache(context)), placement.keys())
    seen = _of_the_newest(with_places(seen, found.events, None), sampled)
    require(seen, misplaced(found, source, whole=False))
    return Glance(_run(source, validated, found.located), seen, sampled)


def _run(source: Source, validated: Validated, located: Mapping[str, int]) -> SourceRun:
    rejected = validated.rejected()
    return SourceRun(source.id, "", validated.rows, validated.rows - sum(rejected.values()), rejected, located)


def _columns(context: Context, source: Source, ingested: Ingested) -> Examined:
    """Raises SchemaDrift where a declared column is missing."""
    seen = examined_columns(
        ingested,
        source,
        "",
        day=context.last_day(source),
        key=context.folders.key("snapshots"),
        last=last_accepted(context.state.engine, source.id),
    )
    require(replace(seen, findings=tuple(each for each in seen.findings if each.kind == "column_missing")))
    return seen


def _of_the_newest(seen: Examined, sampled: Sampled) -> Examined:
    """Without what only the newest rows can tell, where these are others."""
    if sampled.which != "first":
        return seen
    return replace(seen, profile=replace(seen.profile, newest=None, months={}, lag_median=None, lag_p90=None))


@contextmanager
def _some_rows(context: Context, source: Source) -> Iterator[tuple[Ingested, Sampled] | None]:
    scratch = context.folders.private / "scratch" / token_hex(8)
    try:
        yield glanced_at(
            source,
            context.city.folder,
            scratch=scratch,
            rows=ROWS,
            environ=context.environ,
            told=seldom(lambda rows, size: context.progress.step(source.topic, "fetch", rows=rows, bytes=size)),
            now=context.now,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


_WHICH = {
    "changed": "the rows that changed last",
    "added": "the rows that were added last",
    "first": "the first rows",
    "all": "all rows",
}


def sample_line(context: Context, source: Source, found: Glance) -> str:
    """Which rows were looked at, of how many, and how fresh the source is."""
    sampled = found.sampled
    there = "" if sampled.there is None else f" of {sampled.there:,} that the source counts"
    changed = "it does not say when it last changed"
    if sampled.changed is not None:
        changed = f"it last changed on {sampled.changed.astimezone(context.city.time_zone):%d %b %Y %H:%M}"
    late = " That is later than its promised cadence explains." if _is_late(context, source, sampled) else ""
    return f"    a look at {_WHICH[sampled.which]}: {found.run.rows:,}{there}; {changed}.{late}"


def sample_told(context: Context, source: Source, found: Glance) -> dict[str, object]:
    """The same for machines."""
    sampled = found.sampled
    return {
        "source": source.id,
        "sample": sampled.which,
        "rows": found.run.rows,
        "there": sampled.there,
        "changed": None if sampled.changed is None else sampled.changed.isoformat(),
        "late": _is_late(context, source, sampled),
    }


def _is_late(context: Context, source: Source, sampled: Sampled) -> bool:
    """Whether nothing at all changed for longer than is promised."""
    grace = GRACE.get(source.cadence)
    if sampled.changed is None or grace is None:
        return False
    return (context.as_of - sampled.changed.astimezone(context.city.time_zone).date()).days > grace
