"""Commands that make releases: run, schedule, edition."""

import argparse
import json
import os
import secrets
import signal
import socket
from typing import TYPE_CHECKING

from etl.city import City, load_city
from etl.commands.surroundings import Surroundings, own_folders, run_context
from etl.errors import DeclarationError, EtlError
from etl.state import open_state, sqlite_url
from layers.policy import Tier
from layers.topics import TOPICS

if TYPE_CHECKING:
    from etl.schedule.service import Post

ABANDONED = 130
"""Exit code of a schedule that did not wait for the topic under way: what shells expect of an interrupted program."""


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Ingest … publish, for all topics or the named ones."""
    from etl.pipeline import run_topics
    from etl.release.partner import refuse_expired

    city = load_city(args.city, check_files=False)  # a feed that did not come holds its own topic, not the others
    names = _topic_names(city, args.topics, args.tier)
    with run_context(args, around, city) as context, context.folders.locked():
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

    folders = own_folders(args, load_city(args.city, check_files=False))
    url = around.state_url or sqlite_url(folders.private)

    def say(word: str, sentence: str) -> None:
        around.say(json.dumps({"schedule": word, "told": sentence}) if args.json else sentence)

    return Post(
        city=lambda: load_city(args.city, check_files=False),
        contexts=lambda fence, city: (
            lambda tier, now: run_context(args, around, city(), tier=tier, now=now, fence=fence)
        ),
        open_engine=lambda: open_state(url).engine,
        clock=around.clock,
        say=say,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        environ=around.environ,
    )


def edition(args: argparse.Namespace, around: Surroundings) -> int:
    """Book a second measurement of a table and period."""
    from etl.commands.booking import book

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context, context.folders.locked():
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
