"""Commands that look at releases and decide about them: status, holds, releases, verify, audit, explain."""

import argparse
import json
from contextlib import nullcontext

from etl.city import load_city
from etl.commands.surroundings import Surroundings, run_context
from etl.errors import DeclarationError, explain


def status(args: argparse.Namespace, around: Surroundings) -> int:
    """Freshness, last runs and holds."""
    from etl.commands.report import status_lines

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context:
        for line in status_lines(context, as_json=args.json):
            around.say(line)
    return 0


def holds(args: argparse.Namespace, around: Surroundings) -> int:
    """What is held, and what a person decides about it."""
    from etl.commands.holding import holds_lines

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context, nullcontext() if not args.action else context.folders.locked():
        for line in holds_lines(context, args):
            around.say(line)
    return 0


def releases(args: argparse.Namespace, around: Surroundings) -> int:
    """List releases, point back to an earlier one, or take records or a release back."""
    from etl.commands.releasing import releases_lines

    city = load_city(args.city, check_files=False)
    with run_context(args, around, city) as context:
        for line in releases_lines(context, args):
            around.say(line)
    return 0


def verify(args: argparse.Namespace, around: Surroundings) -> int:
    """Check every release of a store as anyone can; 1 if any is not as it was certified."""
    from etl.release.verify import verify_lines, verify_store

    found = verify_store(args.store, args.topic)
    for line in verify_lines(found, as_json=args.json):
        around.say(line)
    if not found:
        around.say(json.dumps({"releases": 0}) if args.json else "There is no such release.")
    return 1 if not found or any(one.problems for one in found) else 0


def audit(args: argparse.Namespace, around: Surroundings) -> int:
    """Attack what is published."""
    from etl.audit.report import attack, collected

    attack(collected(args.store, args.partner, args.topic), around.say, as_json=args.json)
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
