"""The straight line: ingest, validate, locate, count, protect, audit, publish, for each topic in turn.

A topic that fails is held, and the last good release stays up; the other topics go on.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from types import MappingProxyType

import polars as pl

from etl.city import Source
from etl.context import Context, Homes
from etl.drift.gate import Examined, note_held
from etl.drift.profile import to_text
from etl.errors import EtlError
from etl.feeds.counted import read_counted
from etl.feeds.feed import Feed, read_feed, sweep
from etl.feeds.snapshots import expire, remove_abandoned
from etl.geography.addresses import TOPIC as HOUSEHOLDS
from etl.geography.footing import Footing, footing_of
from etl.geography.lostareas import refuse_lost_areas
from etl.geography.publicaddresses import declared_public, publish_addresses
from etl.homes.keys import HomeKeys
from etl.homes.names import freeze_names
from etl.homes.retirement import retire_years
from etl.release import staging
from etl.release.draft import Accepted, Material, build_draft
from etl.release.freshness import for_everybody, store_status
from etl.release.protection import policy_of
from etl.release.publication import keyring_of, publish_audited
from etl.state import BY_HAND, Cause, Feeds, SourceRun
from etl.steps.count import private_counts
from etl.takenback.purging import finish_open
from etl.totals.reading import TotalsFeed, read_totals
from etl.unforeseen import ANY_FAILURE, as_failure, whole_store
from etl.vault import keep, sweep_vaults
from layers.policy import PROTECTED_TOPICS
from layers.release import ReleaseDraft
from layers.store import publisher
from layers.store.reader import Store
from layers.topics import Topic, topic

STATUS = "status.json"
ADDRESSES = "addresses"
_NO_CAUSES: Mapping[str, Cause] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a topic ended: its release (None if it has nothing to publish, or on a dry run), or what held it."""

    topic: str
    release: str | None
    error: EtlError | None


@dataclass(frozen=True)
class _Asked:
    """How a run was asked for."""

    dry: bool
    causes: Mapping[str, Cause]
    show: Callable[[ReleaseDraft], None]

    def begin(self, context: Context, name: str) -> int:
        """Note that the run of a topic begins."""
        cause = self.causes.get(name, BY_HAND)
        return context.state.begin(name, context.moment(), dry=self.dry, tier=context.tier, cause=cause)


def run_topics(
    context: Context,
    names: Sequence[str],
    *,
    dry: bool = False,
    causes: Mapping[str, Cause] = _NO_CAUSES,
    go_on: Callable[[], bool] = lambda: True,
    show: Callable[[ReleaseDraft], None] = lambda draft: None,
) -> list[Outcome]:
    """Run the named topics in the order given. The caller holds the city's lock.

    `causes` say of a topic what set its run off (else a person did). `go_on` is asked before each topic; once it says
    no, the rest are not begun and have no outcome. `show` is given what a dry run would publish. Expected failures are
    outcomes, not exceptions.
    """
    asked = _Asked(dry, causes, show)
    sweep(context.folders.private)
    sweep_vaults(context.folders.private)
    finish_open(context)
    expire(context)
    remove_abandoned(context)
    staging.sweep(context.folders.private)
    publisher.sweep(context.store)
    public = declared_public(context.city)
    gone = [] if dry or public else _addresses_written(context, None)  # at once, also where the file cannot be read
    try:
        ground = footing_of(context, keep=not dry)
    except ANY_FAILURE as error:  # whatever it is, every topic is held and says so
        written = []
        outcomes = [_failed(context, name, as_failure(error), asked) for name in names]
    else:
        written = _addresses_written(context, ground.homes.addresses) if public and not dry else []
        outcomes = [_run_topic(context, topic(name), ground, asked) for name in takewhile(lambda _: go_on(), names)]
    return outcomes if dry else [*outcomes, *gone, *written, *_status_written(context)]


def _failed(context: Context, name: str, error: EtlError, asked: _Asked) -> Outcome:
    return _ended(context, name, asked.begin(context, name), error)


def _ended(context: Context, name: str, run: int, error: EtlError) -> Outcome:
    context.progress.done(
        name, "held", exit=error.exit_code, reason=error.title
    )  # also where it cannot be written down
    context.state.end(run, context.moment(), error.exit_code, reason=str(error))
    return Outcome(name, None, error)


def _run_topic(context: Context, about: Topic, ground: Footing, asked: _Asked) -> Outcome:
    run, dry = asked.begin(context, about.name), asked.dry
    try:
        refuse_lost_areas(context, about.name)
        material = _material(context, about, ground, run)
        if not material.sources or (context.for_partners and material.zoning is None):
            told = "nothing is measured for partners" if context.for_partners else "nothing of it is published"
            context.state.end(run, context.moment(), 0, reason=ground.note)
            context.progress.done(about.name, f"counted privately; {told}")
            return Outcome(about.name, None, None)
        if not dry and about.name in PROTECTED_TOPICS:
            years = HomeKeys(context.folders, about.name, context.tier).kept()
            freeze_names(context.folders.private, years, ground.directory)
        draft = build_draft(context, material, dry=dry)
        release = publish_audited(context, draft, dry=dry)
        if not dry and material.zoning is not None and about.name in PROTECTED_TOPICS and material.feeds:
            retire_years(context, policy_of(context, about), coverage=material.coverage, fields=material.fields)
    except ANY_FAILURE as error:  # whatever it is, this topic is held and the others go on
        failure = as_failure(error)
        if not dry:
            note_held(Feeds(context.state.engine), failure, context.clock())
        return _ended(context, about.name, run, failure)
    context.state.end(run, context.moment(), 0, reason=ground.note, release=release)
    _tell(context, draft, release)
    if dry:
        asked.show(draft)
    return Outcome(about.name, release, None)


def _material(context: Context, about: Topic, ground: Footing, run: int) -> Material:
    """Read every source of a topic; what is not for publication goes to the vault alone."""
    feeds: list[Feed] = []
    accepted: list[Accepted] = []
    totals: list[TotalsFeed] = []
    for source in context.city.sources_of(about.name):
        if source.regime == "source" and context.for_partners:
            continue  # counted by its agency and published as received; partners get what is measured for them
        if source.totals is not None:
            summed, told = read_totals(context, source)
            _note_profile(context, run, source, summed.seen)
            totals += [summed] if source.publish else []
        elif source.regime == "source":
            counts, told = read_counted(context, source)
            accepted += [counts] if source.publish else []
        elif about.name == HOUSEHOLDS and ground.homes.addresses is not None:
            if ground.held is not None:
                raise ground.held
            feed = _homes_feed(source, ground.homes)
            feeds, told = [*feeds, feed], feed.run
        else:
            feed = read_feed(context, source, ground.directory)
            _note_profile(context, run, source, feed.seen)
            _count_privately(context, source, feed)
            feeds, told = [*feeds, feed] if source.publish else feeds, feed.run
        context.state.note_source(run, told)
    return Material(about, tuple(feeds), tuple(accepted), ground.homes, ground.zoning, tuple(totals))


def _note_profile(context: Context, run: int, source: Source, seen: Examined | None) -> None:
    if seen is not None:
        profile = seen.profile
        Feeds(context.state.engine).note_profile(
            run,
            source.id,
            scope=profile.scope,
            day=profile.day,
            snapshot=seen.snapshot,
            body=to_text(profile),
        )


def _homes_feed(source: Source, homes: Homes) -> Feed:
    """The address file was read first, as the ground of everything; its topic publishes the sums."""
    assert homes.addresses is not None
    rows = homes.addresses.height
    run = SourceRun(source.id, "public", rows, rows, {}, {"coordinates": rows})
    return Feed(source, run, {}, read=homes.addresses.lazy())


def _count_privately(context: Context, source: Source, feed: Feed) -> None:
    if not source.publish:
        day = str(topic(source.topic).event_date)
        counts = private_counts(feed.events, day, [s.kind for s in context.places.area_sets])
        keep(context.folders.private, source.topic, f"{source.id}-counts", counts)


def _tell(context: Context, draft: ReleaseDraft, release: str | None) -> None:
    if release is not None:
        context.progress.done(draft.topic, "published", release=release, rows=draft.counts.height)
        return
    changed = _changed_rows(context, draft)
    context.progress.done(draft.topic, "dry run, nothing published", rows=draft.counts.height, rows_changed=changed)


def _changed_rows(context: Context, draft: ReleaseDraft) -> int:
    """How many rows differ from what is published now."""
    store = Store(context.store)
    if draft.topic not in store.current():
        return draft.counts.height
    told = ["measure", "category", "geography", "unit", "grain", "period", "status", "value"]
    before = store.release(draft.topic).counts(columns=told)
    return draft.counts.select(told).join(before, on=told, how="anti", nulls_equal=True).height


def _addresses_written(context: Context, addresses: pl.DataFrame | None) -> list[Outcome]:
    """Nothing, or what kept the public addresses from being written or taken away; no topic depends on them."""
    try:
        count = publish_addresses(context, addresses, sign=lambda said: keyring_of(context).signer().sign(said))
    except (OSError, EtlError) as error:
        failure = as_failure(error)
        context.progress.done(ADDRESSES, "not written", exit=failure.exit_code, reason=failure.title)
        return [Outcome(ADDRESSES, None, failure)]
    if count is not None:
        context.progress.step(ADDRESSES, "public", addresses=count)
    return []


def _status_written(context: Context) -> list[Outcome]:
    """Nothing, or what kept status.json from being written."""
    try:
        _write_status(context)
    except (OSError, EtlError) as error:
        failure = as_failure(error)
        context.progress.done(STATUS, "not written", exit=failure.exit_code, reason=failure.title)
        return [Outcome(STATUS, None, failure)]
    return []


def _write_status(context: Context) -> None:
    store = Store(context.store)
    with whole_store():
        current = dict(store.current())
        as_of = {name: _as_of(store, name) for name in current}
    status = store_status(context.city, context.state, current, as_of, context.clock(), context.tier)
    with context.fence():
        publisher.write_status(context.store, for_everybody(status))


def _as_of(store: Store, name: str) -> date:
    manifest = json.loads((store.release(name).folder / "manifest.json").read_bytes())
    return date.fromisoformat(manifest["as_of"])
