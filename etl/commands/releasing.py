"""What `python -m etl releases` does besides listing: pointing back, and taking back."""

import argparse

from etl.commands.report import release_lines, roll_back
from etl.commands.takeback import withdraw_records
from etl.commands.wrongrelease import take_back_release
from etl.context import Context
from etl.errors import DeclarationError


def releases_lines(context: Context, args: argparse.Namespace) -> list[str]:
    """The lines to print. Whatever changes something holds the run's lock. Raises DeclarationError."""
    match args.action:
        case []:
            return release_lines(context.store, as_json=args.json)
        case ["rollback", topic, release]:
            with context.folders.locked():
                return roll_back(context, topic, release, as_json=args.json)
        case ["withdraw", topic]:
            with context.folders.locked():
                return _withdraw(context, topic, args)
        case _:
            raise DeclarationError.of(
                "command line",
                "releases",
                "takes nothing, `rollback TOPIC RELEASE` or `withdraw TOPIC`.",
                "See --help.",
            )


def _withdraw(context: Context, topic: str, args: argparse.Namespace) -> list[str]:
    if (args.records is None) == (args.release is None):
        raise DeclarationError.of(
            "command line", "releases withdraw", "needs either --records or --release.", "See docs/withdrawals.md."
        )
    if args.records is not None:
        return withdraw_records(context, topic, args.records, reason=args.reason, as_json=args.json)
    return take_back_release(context, topic, args.release, reason=args.reason, as_json=args.json)
