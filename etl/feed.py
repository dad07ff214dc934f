"""One source through ingest, validate and locate: from what an agency sent to pseudonymous events in the vault."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.drift.gate import Examined
from etl.drift.onfeed import FeedGate
from etl.finding import finder_for
from etl.homekeys import HomeKeys
from etl.homenames import frozen_names, refuse_other_naming
from etl.records import Ingested, Validated
from etl.state import SourceRun
from etl.steps.ingest import ingest
from etl.steps.locate import Directory, YearKeys, locate
from etl.steps.validate import judge, validate
from etl.suspected import note_suspected
from etl.withdrawn import without_withdrawn
from layers.topics import topic


@dataclass(frozen=True)
class Feed:
    """What a source gave: its events, the numbers that the steward's log keeps, and what it looked like."""

    source: Source
    events: pl.DataFrame
    run: SourceRun
    faults: Mapping[str, int]
    seen: Examined | None = None


def read_feed(context: Context, source: Source, directory: Directory | None) -> Feed:
    """Ingest, validate and locate a source of records. Raises whatever holds the run (exit codes 10 to 13)."""
    with received(context, source) as ingested:
        gate = FeedGate(context, source, ingested, seal(ingested))
        gate.columns()
        validated = judge(ingested, source, today=context.as_of, city_zone=context.city.time_zone)
        gate.records(validated)
        validated = without_withdrawn(validated, context.folders, source.topic, source.id)
        context.progress.step(source.topic, "validate", rows=validated.rows, rejected=validated.rejects.height)
        located = locate(
            validated.records.collect(engine="streaming"),
            source,
            area_sets=context.places.area_sets,
            city_area=context.places.reference.kind,
            directory=directory,
            atom_resolution=context.city.settings.atom_resolution,
            key=context.folders.key("events"),
            home_keys=_home_keys(context, source),
            finder=finder_for(context, source),
            year_names=_year_names(context, source),
        )
    note_suspected(context.folders.private, source, located)
    gate.places(located)
    context.progress.step(source.topic, "locate", records=located.events.height, **located.faults)
    run = SourceRun(
        source=source.id,
        snapshot=seal(ingested),
        rows=validated.rows,
        accepted=located.events.height,
        rejects=validated.rejected(),
        located=located.located,
    )
    return Feed(source, located.events, run, located.faults, gate.seen)


@contextmanager
def received(context: Context, source: Source) -> Iterator[Ingested]:
    """The feed as received, open for reading; what it unpacked is removed afterwards."""
    scratch = context.folders.private / "scratch" / token_hex(8)
    try:
        ingested = ingest(
            source,
            context.city.folder,
            private=context.folders.private,
            scratch=scratch,
            key=context.folders.key("snapshots"),
            environ=context.environ,
            told=lambda rows, size: context.progress.step(source.topic, "fetch", rows=rows, bytes=size),
            now=context.now,
        )
        context.progress.step(source.topic, "ingest", files=len(ingested.snapshots))
        yield ingested
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sweep(private: Path) -> None:
    """Remove what a killed run had unpacked or half written, all of it under names that begin with a dot.

    Call it while holding the run's lock.
    """
    shutil.rmtree(private / "scratch", ignore_errors=True)
    for half in list(private.rglob(".*")):
        if half.is_dir():
            shutil.rmtree(half, ignore_errors=True)
        else:
            half.unlink(missing_ok=True)


def validated_feed(context: Context, source: Source, ingested: Ingested) -> Validated:
    """Records and rejects of a feed, before anything that was withdrawn is left out."""
    return validate(
        ingested,
        source,
        today=context.as_of,
        city_zone=context.city.time_zone,
        previous_rows=context.state.last_rows(source.id),
    )


def _home_keys(context: Context, source: Source) -> YearKeys:
    """Keys for the years that the source speaks for: nothing is ever counted of another one."""
    keys = HomeKeys(context.folders, source.topic, context.tier)
    first, last = source.covers.from_.year, context.last_day(source).year
    return lambda years: keys.of(year for year in years if first <= year <= last)


def _year_names(context: Context, source: Source) -> dict[int, Directory]:
    """What names homes in the years of which something may still be counted."""
    names = frozen_names(context.folders.private)
    refuse_other_naming(names, HomeKeys(context.folders, source.topic, context.tier).kept())
    return names


def seal(ingested: Ingested) -> str:
    """What names the bytes that were read, without letting anyone test a guess about them."""
    return "-".join(snapshot.keyed[:16] for snapshot in ingested.snapshots)


def is_register(source: Source) -> bool:
    """Whether the source lists things that stand there, not events."""
    return topic(source.topic).event_date is None
