"""What each command does. Effects come in through `Surroundings`; every command returns its exit code."""

import argparse
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from etl.city import City, load_city
from etl.city.init import write_template
from etl.errors import DeclarationError, EtlError, explain
from etl.folders import Folders
from etl.progress import Live, Progress, progress_for
from etl.state import open_state, sqlite_url
from etl.unforeseen import as_failure
from layers.policy import Tier
from layers.topics import TOPICS

if TYPE_CHECKING:
    from etl.context import Context


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where output goes, what time it is, and where the private state is kept if not in the private folder.

    `environ` holds the secrets that connectors need; nothing else reads it.
    """

    out: TextIO
    clock: Callable[[], datetime]
    state_url: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def say(self, text: str) -> None:
        """One line for a reader."""
        self.out.write(text + "\n")
        self.out.flush()


def demo(args: argparse.Namespace, around: Surroundings) -> int:
    """Write the synthetic city."""
    from etl.demo import write_demo_city

    with _display(args, around) as progress:
        write_demo_city(
            args.folder,
            seed=args.seed,
            households=args.households,
            months=args.months,
            progress=lambda stage: progress.step("demo", stage),
        )
        progress.done("demo", f"a synthetic city is in {args.folder}; next: python -m etl run {args.folder}")
    return 0


def init(args: argparse.Namespace, around: Surroundings) -> int:
    """Write a commented city folder."""
    for path in write_template(args.folder):
        around.say(str(path))
    around.say("Fill in what the comments ask for, then run: python -m etl check " + str(args.folder))
    return 0


def check(args: argparse.Namespace, around: Surroundings) -> int:
    """Validate the declarations and profile the feeds."""
    from etl.profile import profile_sources

    city = load_city(args.city)
    with _run_context(args, around, city) as context, context.folders.locked():
        return profile_sources(context, args.sources, around.say, as_json=args.json)


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Ingest … publish, for all topics or the named ones."""
    from etl.partner import refuse_expired
    from etl.pipeline import run_topics

    city = load_city(args.city, check_files=False)  # a feed that did not come holds its own topic, not the others
    names = _topic_names(city, args.topics, args.tier)
    with _run_context(args, around, city) as context, context.folders.locked():
        refuse_expired(context)
        outcomes = run_topics(context, names, dry=args.dry_run)
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in failed:
        around.say(_failure(outcome.topic, outcome.error, as_json=args.json))
    return failed[0].error.exit_code if failed and failed[0].error else 0


def schedule(args: argparse.Namespace, around: Surroundings) -> int:
    """Run everything at its declared time, until stopped."""
    from etl.pipeline import run_topics
    from etl.schedule import build_schedule

    city = load_city(args.city)

    def run_topic(topic: str) -> None:
        try:
            fresh = load_city(args.city, check_files=False)
            with _run_context(args, around, fresh) as context, context.folders.locked():
                for outcome in run_topics(context, [topic]):
                    if outcome.error:
                        around.say(_failure(outcome.topic, outcome.error, as_json=args.json))
        except Exception as error:  # noqa: BLE001 - the scheduler would log it, with what it quotes
            around.say(_failure(topic, as_failure(error), as_json=args.json))

    scheduler = build_schedule(city, run_topic)
    for job in scheduler.get_jobs():
        told = {"source": job.id, "title": job.name, "trigger": str(job.trigger)}
        around.say(json.dumps(told) if args.json else f"{job.id}: {job.trigger}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager asks politely: end like Ctrl-C
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        around.say(json.dumps({"outcome": "stopped"}) if args.json else "Stopped. A run under way is finished first.")
        scheduler.shutdown()
    return 0


def status(args: argparse.Namespace, around: Surroundings) -> int:
    """Freshness, last runs and holds."""
    from etl.report import status_lines

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context:
        for line in status_lines(context, as_json=args.json):
            around.say(line)
    return 0


def holds(args: argparse.Namespace, around: Surroundings) -> int:
    """What is held, and what a person decides about it."""
    from etl.holding import holds_lines

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context, nullcontext() if not args.action else context.folders.locked():
        for line in holds_lines(context, args):
            around.say(line)
    return 0


def releases(args: argparse.Namespace, around: Surroundings) -> int:
    """List releases, point back to an earlier one, or take records or a release back."""
    from etl.releasing import releases_lines

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context:
        for line in releases_lines(context, args):
            around.say(line)
    return 0


def edition(args: argparse.Namespace, around: Surroundings) -> int:
    """Book a second measurement of a table and period."""
    from etl.booking import book

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context, context.folders.locked():
        lines = book(
            context,
            args.topic,
            args.table,
            args.period,
            reason=args.reason,
            by=args.by,
            rho=args.rho,
            as_json=args.json,
        )
    for line in lines:
        around.say(line)
    return 0


def verify(args: argparse.Namespace, around: Surroundings) -> int:
    """Check every release of a store as anyone can; 1 if any is not as it was certified."""
    from etl.verify import verify_lines, verify_store

    found = verify_store(args.store, args.topic)
    for line in verify_lines(found, as_json=args.json):
        around.say(line)
    if not found:
        around.say(json.dumps({"releases": 0}) if args.json else "There is no such release.")
    return 1 if not found or any(one.problems for one in found) else 0


def keys(args: argparse.Namespace, around: Surroundings) -> int:
    """List the signing keys, or make a new one."""
    from etl.publication import keyring_of

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context:
        keyring = keyring_of(context)
        if args.action == "rotate":
            with context.folders.locked():
                keyring.rotate()
        listed = keyring.listed().keys
        for key in listed:
            ended = f"until {key.until:%d %b %Y %H:%M}" if key.until else "in use"
            around.say(key.model_dump_json() if args.json else f"{key.id}: since {key.since:%d %b %Y %H:%M}, {ended}")
        if not listed and not args.json:
            around.say("No key yet: the first run makes one.")
    return 0


def audit(args: argparse.Namespace, around: Surroundings) -> int:
    """Attack what is published."""
    from etl.audit.report import attack, collected

    attack(collected(args.store, args.partner, args.topic), around.say, as_json=args.json)
    return 0


def backup(args: argparse.Namespace, around: Surroundings) -> int:
    """Write all that must survive into one private file."""
    from etl.backup import write_backup

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context, context.folders.locked():
        made = write_backup(
            context.folders,
            context.state.engine,
            args.file,
            city=city.settings.id,
            now=context.now,
            with_records=args.with_records,
        )
    told = {"files": len(made.files), "tables": len(made.tables), "with_records": made.with_records}
    around.say(json.dumps(told) if args.json else f"{args.file}: {len(made.files):,} files, {len(made.tables)} tables.")
    return 0


def restore(args: argparse.Namespace, around: Surroundings) -> int:
    """Put a backup back into an empty folder."""
    from etl.backup import restore as put_back

    city = load_city(args.city, check_files=False)
    root = args.var or Path("var") / city.settings.id
    made = put_back(args.file, root, city=city.settings.id, state_url=around.state_url)
    told = {"made_at": made.made_at, "files": len(made.files), "tables": len(made.tables)}
    around.say(json.dumps(told) if args.json else f"{root}: as it was at {made.made_at}. Next: run, then audit.")
    return 0


def explain_code(args: argparse.Namespace, around: Surroundings) -> int:
    """What a code means."""
    entry = explain(args.code)
    if entry is None:
        raise DeclarationError.of(
            "command line", "CODE", "is no exit code or reject reason.", "docs/commands.md lists them all."
        )
    around.say(f"{entry.code}: {entry.meaning} {entry.remedy}")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Surroundings], int]] = {
    "demo": demo,
    "init": init,
    "check": check,
    "run": run,
    "schedule": schedule,
    "status": status,
    "holds": holds,
    "releases": releases,
    "verify": verify,
    "keys": keys,
    "edition": edition,
    "audit": audit,
    "backup": backup,
    "restore": restore,
    "explain": explain_code,
}


@contextmanager
def _run_context(args: argparse.Namespace, around: Surroundings, city: City) -> "Iterator[Context]":
    """What a run needs; its display and its database are closed afterwards."""
    from etl.context import Context
    from etl.partner import require_partner
    from etl.places import load_places

    tier = getattr(args, "tier", str(Tier.PUBLIC))
    if tier == Tier.PARTNER:
        require_partner(city)
    folders = Folders(args.var or Path("var") / city.settings.id)
    folders.prepare(tier)
    places = load_places(city)
    state = open_state(around.state_url or sqlite_url(folders.private))
    with _display(args, around) as progress:
        try:
            yield Context(city, places, folders, state, progress, around.clock(), tier, around.environ)
        finally:
            state.engine.dispose()


@contextmanager
def _display(args: argparse.Namespace, around: Surroundings) -> Iterator[Progress]:
    """The display of a long command, ended with it."""
    progress = progress_for(as_json=args.json, out=around.out, clock=around.clock)
    try:
        yield progress
    finally:
        if isinstance(progress, Live):
            progress.close()


def _topic_names(city: City, wanted: list[str], tier: str) -> list[str]:
    declared = [t.name for t in TOPICS if city.sources_of(t.name)]
    if tier == Tier.PARTNER:
        declared = list(city.topics_of(tier))
    for name in wanted:
        if name not in declared:
            where = "in this city" if tier == Tier.PUBLIC else "for partners in this city: it is read in public"
            raise DeclarationError.of(
                "command line", "TOPIC", f"{name} has no source {where}.", f"Choose from {', '.join(declared)}."
            )
    return [name for name in declared if not wanted or name in wanted]


def _failure(topic: str, error: EtlError | None, *, as_json: bool) -> str:
    if as_json and error is not None:
        return json.dumps({"topic": topic, "exit": error.exit_code, "error": str(error)})
    return f"{topic}: {error}"
