"""What each command does. Effects come in through `Surroundings`; every command returns its exit code."""

import argparse
import json
import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
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
from layers.policy import Tier
from layers.topics import TOPICS

if TYPE_CHECKING:
    from etl.context import Context
    from etl.engine import Runs
    from etl.schedule.service import Post

ABANDONED = 130
"""Exit code of a schedule that did not wait for the topic under way: what shells expect of an interrupted program."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where output goes, what time it is, and where the private state is kept if not in the private folder.

    `environ` holds the secrets that connectors need and names the engine; `cores` are those of this machine.
    """

    out: TextIO
    clock: Callable[[], datetime]
    state_url: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    cores: int = 1

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
    """Say what runs when; run everything at its declared time, until stopped."""
    from etl.schedule.plan import require_times
    from etl.schedule.service import Service
    from etl.schedule.show import plan_lines

    city = load_city(args.city)
    require_times(city)
    lines = list(plan_lines(city, around.clock(), as_json=args.json))
    if not args.list:
        service = Service(_post(args, around))
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: service.stop())
    for line in lines:
        around.say(line)
    if args.list:
        return 0
    if service.run():
        around.say(json.dumps({"outcome": "stopped"}) if args.json else "Stopped.")
        return 0
    around.say(json.dumps({"outcome": "abandoned"}) if args.json else "Stopped; the topic under way was abandoned.")
    os._exit(ABANDONED)  # its thread would keep the process; killed anywhere, what is published stays whole


def _post(args: argparse.Namespace, around: Surroundings) -> "Post":
    """What the schedule needs of its surroundings."""
    from etl.schedule.service import Post

    folders = _folders(args, load_city(args.city, check_files=False))
    url = around.state_url or sqlite_url(folders.private)

    def say(word: str, sentence: str) -> None:
        around.say(json.dumps({"schedule": word, "told": sentence}) if args.json else sentence)

    return Post(
        city=lambda: load_city(args.city, check_files=False),
        contexts=lambda fence, city: (
            lambda tier, now: _run_context(args, around, city(), tier=tier, now=now, fence=fence)
        ),
        open_engine=lambda: open_state(url).engine,
        clock=around.clock,
        say=say,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        environ=around.environ,
    )


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


def console(args: argparse.Namespace, around: Surroundings) -> int:
    """Let people sign in to the steward's console, or serve it until stopped."""
    from etl.console.command import serve, user_lines
    from etl.console.desk import Desk

    city = load_city(args.city, check_files=False)
    folders = _folders(args, city)
    folders.prepare()
    engine = open_state(around.state_url or sqlite_url(folders.private)).engine
    desk = Desk(lambda: load_city(args.city, check_files=False), folders, engine, around.clock, around.environ)
    try:
        if args.action:
            for line in user_lines(desk, args.action, around.environ):
                around.say(json.dumps({"console": line}) if args.json else line)
            return 0
        told = f"http://{args.host}:{args.port}"
        around.say(json.dumps({"console": told}) if args.json else f"Console on {told} (stop with Ctrl-C)")
        serve(desk, host=args.host, port=args.port)
        return 0
    finally:
        engine.dispose()


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


def metrics(args: argparse.Namespace, around: Surroundings) -> int:
    """Figures about runs for Prometheus."""
    from etl.metrics import metrics_text
    from etl.metricsserver import metrics_server

    city = load_city(args.city, check_files=False)
    with _run_context(args, around, city) as context:

        def text() -> bytes:
            return metrics_text(city, context.state, context.folders.store, around.clock)

        if args.port is None:
            around.say(text().decode().rstrip())
            return 0
        with metrics_server(args.host, args.port, text) as server:
            around.say(f"http://{args.host}:{server.server_port}/metrics")
            with suppress(KeyboardInterrupt):
                server.serve_forever()
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
    "console": console,
    "backup": backup,
    "metrics": metrics,
    "restore": restore,
    "explain": explain_code,
}


@contextmanager
def _run_context(
    args: argparse.Namespace,
    around: Surroundings,
    city: City,
    *,
    tier: str | None = None,
    now: datetime | None = None,
    fence: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> "Iterator[Context]":
    """What a run needs, now and in the tier asked for; its display and its database are closed afterwards."""
    from etl.context import Context
    from etl.partner import require_partner
    from etl.places import load_places

    tier = str(tier or getattr(args, "tier", Tier.PUBLIC))
    if tier == Tier.PARTNER:
        require_partner(city)
    folders = _folders(args, city)
    folders.prepare(tier)
    places = load_places(city)
    state = open_state(around.state_url or sqlite_url(folders.private))
    with _display(args, around) as progress:
        try:
            began = around.clock()
            with _engine(args, around) as engine:
                yield Context(
                    city, places, folders, state, progress, now or began, tier, around.environ, engine=engine,
                    fence=fence, passed=lambda: around.clock() - began,
                )  # fmt: skip
        finally:
            state.engine.dispose()


def _folders(args: argparse.Namespace, city: City) -> Folders:
    return Folders(args.var or Path("var") / city.settings.id)


@contextmanager
def _engine(args: argparse.Namespace, around: Surroundings) -> "Iterator[Runs]":
    """Where pieces run, for commands that run any: as the command line says, or else the environment."""
    from etl.engine import Here, engine

    if not hasattr(args, "engine"):
        yield Here()
        return
    with engine(args.engine or around.environ.get("HEARTHMAP_ENGINE"), cores=around.cores) as found:
        yield found


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
