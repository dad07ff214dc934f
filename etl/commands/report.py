"""What the steward reads on a terminal: freshness, last runs, rejects, holds, the ledger, releases."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from etl.context import Context
from etl.drift.told import held_lines
from etl.errors import DeclarationError, WouldDisclose
from etl.feeds.snapshots import kept_snapshots
from etl.protect.ledger import Ledger
from etl.protect.totals import totals
from etl.release.editions import edition_lines
from etl.release.freshness import store_status
from etl.release.refusal import findings_path
from etl.schedule.show import plan_lines, state_lines
from etl.state import Feeds, Run, SourceRun
from etl.state.pauses import pauses
from etl.unforeseen import whole_store
from layers.policy import Tier
from layers.protection import Withdrawal
from layers.release import TopicStatus
from layers.store import publisher
from layers.store.reader import Store


def status_lines(context: Context, *, as_json: bool) -> Iterator[str]:
    """Per topic: its release, its last run, what its sources gave, and what privacy has cost so far."""
    store = Store(context.store)
    with whole_store():
        current = dict(store.current())
        as_of = {name: store.release(name).manifest.as_of for name in current}
    status = store_status(context.city, context.state, current, as_of, context.clock(), context.tier)
    for row in status.topics:
        yield row.model_dump_json() if as_json else _topic_line(row)
        yield from _source_lines(context, row.topic, as_json=as_json)
    yield from plan_lines(context.city, context.clock(), as_json=as_json, key="next_run")
    yield from state_lines(context.state.engine, context.city, as_json=as_json)
    yield from pause_lines(context.state.engine, as_json=as_json)
    yield from _ledger_lines(context, as_json=as_json)
    yield from _snapshot_lines(context, as_json=as_json)
    for tier in Tier:
        yield from edition_lines(replace(context, tier=str(tier)), as_json=as_json)


def _topic_line(row: TopicStatus) -> str:
    state = "held" if row.held else "late" if row.late else "on time"
    shown = row.release or "nothing published"
    due = f", next due {row.next_due:%d %b %Y}" if row.next_due else ""
    return f"{row.topic}: {state}; {shown}{due}{'. ' + row.reason if row.reason else ''}"


def _source_lines(context: Context, topic: str, *, as_json: bool) -> Iterator[str]:
    last = context.state.last(topic, tier=context.tier)
    for source in context.state.sources_of(last.id) if last else ():
        yield source_line(source, as_json=as_json)
    if last and last.exit_code not in (0, None) and not as_json:
        yield f"  last run ended with {last.exit_code}: {last.reason}"
    if last and last.exit_code is None and not as_json:
        yield _unfinished_line(last)
    for held in Feeds(context.state.engine).held():
        if held.topic == topic:
            yield from held_lines(held, as_json=as_json)
    if last and last.exit_code == WouldDisclose.exit_code:
        yield from _finding_lines(context, topic, as_json=as_json)


def _unfinished_line(run: Run) -> str:
    """Nobody can tell a run that is under way from one that was killed, until the next one begins."""
    if run.ended is not None:
        return f"  last run did not finish: {run.reason}"
    return f"  last run, begun on {run.started:%d %b %Y %H:%M} UTC, has not ended: it is under way, or was stopped"


def _finding_lines(context: Context, topic: str, *, as_json: bool) -> Iterator[str]:
    for path in sorted(findings_path(context.folders.private, topic, tier) for tier in Tier):
        if path.exists() and any(attempt["findings"] for attempt in json.loads(path.read_bytes())):
            told = path.relative_to(context.folders.root).as_posix()
            yield json.dumps({"topic": topic, "findings": told}) if as_json else f"  what the audit found: {told}"


def source_line(run: SourceRun, *, as_json: bool) -> str:
    """What a source gave: rows, rejects by reason, records by how they were located."""
    if as_json:
        told = {"source": run.source, "rows": run.rows, "accepted": run.accepted}
        return json.dumps({**told, "rejects": dict(run.rejects), "located": dict(run.located)})
    rejects, located = _listed(run.rejects), _listed(run.located)
    return f"  {run.source}: {run.rows:,} rows, {run.accepted:,} taken; rejects: {rejects}; located: {located}"


def pause_lines(engine: sa.Engine, *, as_json: bool) -> Iterator[str]:
    """The sources that a person paused: since when, by whom, why."""
    for each in sorted(pauses(engine).values(), key=lambda pause: pause.source):
        if as_json:
            told = {"paused": each.source, "since": each.since.isoformat(), "by": each.by, "reason": each.reason}
            yield json.dumps(told)
        else:
            yield f"{each.source}: paused since {each.since:%d %b %Y} by {each.by}: {each.reason}"


def _snapshot_lines(context: Context, *, as_json: bool) -> Iterator[str]:
    for each in kept_snapshots(context):
        oldest = each.oldest.date().isoformat() if each.oldest else None
        if as_json:
            told = {"snapshots": each.source, "kept": each.kept, "oldest": oldest, "keep_days": each.keep_days}
            yield json.dumps(told)
        else:
            told_days = f"each is kept for {each.keep_days} days"
            yield f"snapshots of {each.source}: {each.kept}, the oldest of {oldest}; {told_days}"


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items()) or "none"


def _ledger_lines(context: Context, *, as_json: bool) -> Iterator[str]:
    spent = Ledger(context.state.engine, context.clock).spent()
    for row in spent:
        if as_json:
            yield json.dumps({"ledger": row.topic, "tier": row.tier, "year": row.year, "rho": row.rho})
        else:
            yield (
                f"ledger {row.topic} {row.tier} {row.year}: rho {row.rho:.3f} "
                f"(epsilon {row.epsilon:.2f} at delta 1e-6), {row.measurements} measurements"
            )
    for total in totals(spent):
        told = {"year": total.year, "rho": total.rho, "epsilon": total.epsilon, "best_guess": total.best_guess}
        if as_json:
            yield json.dumps({"together": total.topic or "all topics", "tiers": list(total.tiers), **told})
        else:
            yield (
                f"together {total.topic or 'all topics'} {' and '.join(total.tiers)} {total.year}: "
                f"rho {total.rho:.3f} (epsilon {total.epsilon:.2f} at delta 1e-6); someone who knows every other "
                f"record guesses right about one home at most {total.best_guess:.0%} of the time"
            )


def release_lines(public: Path, *, as_json: bool = False) -> list[str]:
    """Every release of every topic, oldest first; the one that is up is marked, and so is what was taken back."""
    store = Store(public)
    with whole_store():
        current = store.current()
    lines = []
    for topic in store.topics():
        gone = {each.release: each for each in store.withdrawals(topic)}
        for release in sorted({*store.releases(topic), *gone}):
            stone = gone.get(release)
            told = {"topic": topic, "release": release, "published": release == current.get(topic)}
            if as_json:
                lines.append(json.dumps(told | ({"withdrawn": stone.withdrawn_on.isoformat()} if stone else {})))
                continue
            mark = "  <- published" if told["published"] else ""
            lines.append(f"{topic} {release}{mark}{_taken_back(stone)}")
    return lines or ([] if as_json else ["Nothing has been published yet."])


def _taken_back(stone: Withdrawal | None) -> str:
    return f"  withdrawn on {stone.withdrawn_on}: {stone.reason}" if stone else ""


def roll_back(context: Context, topic: str, release: str, *, as_json: bool = False) -> list[str]:
    """Point back to an earlier release; nothing is deleted, and the next run publishes forward again."""
    public = context.store
    store = Store(public)
    if release not in store.releases(topic):
        raise DeclarationError.of(
            "command line", "releases rollback", "names no release of that topic.", "List them with `releases CITY`."
        )
    with whole_store():
        publisher.point(public, topic, release)
    rewrite_status(context)
    if as_json:
        return [json.dumps({"topic": topic, "release": release, "published": True})]
    return [f"{topic} shows {release} again."]


def rewrite_status(context: Context) -> None:
    """status.json for what is up now."""
    public = context.store
    store = Store(public)
    with whole_store():
        current = dict(store.current())
        as_of = {name: store.release(name).manifest.as_of for name in current}
    status = store_status(context.city, context.state, current, as_of, context.clock(), context.tier)
    publisher.write_status(public, status)
