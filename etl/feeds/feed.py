"""One source through ingest, validate and locate: from what an agency sent to pseudonymous events in the vault."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.drift.gate import Examined
from etl.drift.onfeed import FeedGate
from etl.exact.counting import Held
from etl.feeds.apart import Judging, judged_apart, placed_apart
from etl.feeds.deletions import deleted_yet_shown
from etl.feeds.ground import asked_since, ground_of, previous_rows
from etl.feeds.parts import Part, Placing, judged
from etl.feeds.placement import EVENTS, Placement
from etl.feeds.reading import ids_of
from etl.feeds.snapshots import mark_judged, mark_received
from etl.feeds.suspected import note_suspected, noted_points
from etl.feeds.taking import Brought, forget_homes, listed_ids, take
from etl.geography.finding import address_cache, asks_outside, finder_for
from etl.homes.keys import HomeKeys
from etl.homes.names import frozen_names, refuse_lost_names, refuse_other_naming
from etl.progress import seldom
from etl.records import Ingested, Located, Validated
from etl.state import SourceRun
from etl.steps.ingest import ingest
from etl.steps.locate import Directory, default_points, point_columns
from etl.steps.validate import judge, require_quality
from etl.takenback.purging import adopt, drop_snapshots, forget_unjudged, settled
from etl.takenback.sealings import take_gone_back, take_listed_back
from etl.takenback.withdrawn import REASON, stands_among, withdrawn, without_deleted, without_withdrawn
from etl.vault import Vault
from layers.topics import topic


@dataclass(frozen=True)
class Feed:
    """What a source gave: the numbers of this run, what it looked like, and its events as they now stand.

    `vault` holds the events of a source of records; None for a feed that is read and not kept, whose events are `read`.
    """

    source: Source
    run: SourceRun
    faults: Mapping[str, int]
    seen: Examined | None = None
    vault: Vault | None = None
    read: pl.LazyFrame | None = None

    @property
    def events(self) -> pl.LazyFrame:
        """All its events, never all of them in memory unless they are collected."""
        if self.read is not None:
            return self.read
        assert self.vault is not None, "a feed is kept or read"
        return self.vault.scan()

    @property
    def held(self) -> dict[str, Held]:
        """The files of the events by month (`2026-11`), each with the seal of what it holds."""
        if self.vault is None:
            return {}
        files = self.vault.files()
        return {month: Held(sealed, files[month]) for month, sealed in self.vault.months().items()}


def read_feed(context: Context, source: Source, directory: Directory | None, *, keep: bool = True) -> Feed:
    """Ingest, validate and locate a source of records, part by part, and bring the vault to what it now says.

    Without `keep` the feed is read whole and nothing is kept of it but its snapshot. Raises whatever holds the run
    (exit codes 10 to 13); then the vault is as it was.
    """
    vault = Vault(context.folders.private, source.topic, source.id, tier=context.tier)
    ground = ground_of(context, source, directory) if source.refresh.mode == "changes" else ""
    since = asked_since(context, source, vault, ground) if keep else None
    if keep:
        adopt(context, source)
        take_listed_back(context, source, vault)
    with received(context, source, since=since) as ingested:
        if ingested.unchanged:
            vault.note(replace(vault.marks, watermark=ingested.watermark or vault.marks.watermark))
            return _kept(context, vault, Feed(source, SourceRun(source.id, "", 0, 0, {}, {}), {}))
        gate = FeedGate(context, source, ingested, seal(ingested))
        gate.columns()
        validated = judged_feed(context, source, ingested)
        gate.records(validated)
        gone = deleted_yet_shown(ingested, source)
        validated = without_deleted(validated, gone, source.id)
        validated = without_withdrawn(validated, context.folders, source.topic, source.id)
        context.progress.step(source.topic, "validate", rows=validated.rows, rejected=validated.rejects.height)
        clean = not _shows_withdrawn(context, source, ingested, validated)
        if clean:
            mark_judged(ingested)
        placing = _placing(
            context, source, directory, validated, gate, whole=ingested.complete, scratch=ingested.scratch
        )
        if keep:
            told = cache(partial(listed_ids, ingested, source, validated, gone))
            events = placing.events()
            take_gone_back(context, source, vault, ingested, told, placing.passed)
            brought = Brought(events, told, ingested.complete, validated.rows, ingested.watermark, ground)
            take(context, source, vault, brought)
        else:
            placing.go_through()
    context.progress.step(source.topic, "locate", records=placing.records, **placing.faults)
    run = SourceRun(
        source=source.id,
        snapshot=seal(ingested),
        rows=validated.rows,
        accepted=placing.records,
        rejects=validated.rejected(),
        located=placing.located,
    )
    feed = Feed(source, run, placing.faults, gate.seen)
    if keep and not clean:  # what was received, now or before, may hold records that were taken back
        drop_snapshots(context.folders.private, source.id)
    return _kept(context, vault, feed) if keep else feed


def _shows_withdrawn(context: Context, source: Source, ingested: Ingested, validated: Validated) -> bool:
    """Whether a feed still shows a record that was taken back, be it in a row that is no sound record."""
    if REASON in validated.rejected():
        return True
    known = (context.folders, source.topic, source.id)
    left_out = ingested.left_out
    return stands_among(validated.refused, *known) or (
        left_out is not None and not withdrawn(*known).is_empty() and stands_among(ids_of(left_out, source), *known)
    )


def _placing(
    context: Context,
    source: Source,
    directory: Directory | None,
    validated: Validated,
    gate: FeedGate,
    *,
    whole: bool,
    scratch: Path | None,
) -> Placing:
    """The events of a feed; going through them raises at their end what holds the run for how records were placed."""
    placement = placement_of(context, source, directory, validated, whole=whole)
    placement.make_keys()  # now, before several threads ask for them
    finder, keys = finder_for(context, source), placement.keys()

    def check(found: Located) -> None:
        note_suspected(context.folders.private, source, found)
        gate.places(found)

    def apart() -> Iterator[Located]:
        assert scratch is not None, "a feed in several parts has a folder for them"
        return placed_apart(context.engine, placement, validated, scratch, address_cache(context))

    return Placing(
        validated,
        lambda records: placement.place(records, finder, keys),
        check,
        keep=topic(source.topic).event_date,
        apart=apart if context.engine.apart and not asks_outside(context, source) else None,
    )


def placement_of(
    context: Context, source: Source, directory: Directory | None, validated: Validated, *, whole: bool
) -> Placement:
    """What places the records of a feed, `whole` or not: default points are known of a whole one alone."""
    places: dict[str, Any] = {"area_sets": context.places.area_sets, "city_area": context.places.reference.kind}
    suspected = default_points(lambda: validated.parts(point_columns(source)), source, **places)
    if not whole and (noted := noted_points(context.folders.private, source)) is not None:
        suspected = pl.concat([suspected, noted]).unique(["lat", "lng"], keep="first", maintain_order=True)
    return Placement(
        folders=context.folders,
        source=source,
        tier=context.tier,
        first=source.covers.from_.year,
        last=context.last_day(source).year,
        **places,
        atom_resolution=context.city.settings.atom_resolution,
        directory=directory,
        streets=context.places.streets if "address" in source.fields else None,
        suspected=suspected,
        names=_year_names(context, source),
    )


def _kept(context: Context, vault: Vault, feed: Feed) -> Feed:
    """The feed with its events as the vault now holds them."""
    settled(context, feed.source)
    forget_homes(context, feed.source, vault)
    context.progress.step(feed.source.topic, "vault", events=vault.rows)
    return replace(feed, run=replace(feed.run, snapshot=context.folders.seal(vault.seal)), vault=vault)


@contextmanager
def received(context: Context, source: Source, *, since: str | None = None) -> Iterator[Ingested]:
    """The feed as received, whole or what changed since a watermark, open for reading; what it unpacked is removed
    afterwards."""
    scratch = context.folders.private / "scratch" / token_hex(8)
    try:
        ingested = ingest(
            source,
            context.city.folder,
            private=context.folders.private,
            scratch=scratch,
            key=context.folders.key("snapshots"),
            since=since,
            environ=context.environ,
            told=seldom(lambda rows, size: context.progress.step(source.topic, "fetch", rows=rows, bytes=size)),
            now=context.now,
        )
        mark_received(ingested, context.now)
        context.progress.step(source.topic, "ingest", files=len(ingested.snapshots))
        yield replace(ingested, scratch=scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        forget_unjudged(context, source.id)


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
    """Records and rejects of a feed within its limits, before anything that was withdrawn is left out."""
    found = judged_feed(context, source, ingested)
    require_quality(found, source, previous_rows(context, source))
    return found


def judged_feed(context: Context, source: Source, ingested: Ingested) -> Validated:
    """Records and rejects of a feed, whatever its limits."""

    def apart(parts: Iterable[pl.DataFrame]) -> Iterator[Part]:
        assert ingested.scratch is not None, "a feed in several parts has a folder for them"
        judging = Judging(context.folders, source, context.as_of, context.city.time_zone.key)
        return judged_apart(context.engine, judging, ingested.scratch, parts)

    return judged(
        ingested,
        source,
        lambda part: judge(part, source, today=context.as_of, city_zone=context.city.time_zone),
        key=context.folders.key(EVENTS),
        apart=apart if context.engine.apart else None,
    )


def _year_names(context: Context, source: Source) -> dict[int, Directory]:
    """What names homes in the years of which something may still be counted."""
    names, years = frozen_names(context.folders.private), HomeKeys(context.folders, source.topic, context.tier).kept()
    refuse_lost_names(context.folders.private, years)
    refuse_other_naming(names, years)
    return names


def seal(ingested: Ingested) -> str:
    """What names the bytes that were read, without letting anyone test a guess about them."""
    return "-".join(snapshot.keyed[:16] for snapshot in ingested.snapshots)


def is_register(source: Source) -> bool:
    """Whether the source lists things that stand there, not events."""
    return topic(source.topic).event_date is None
