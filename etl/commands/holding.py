"""What `python -m etl holds` does: list held feeds with what changed in them, and record what a person decides."""

import argparse
import json
from collections.abc import Iterator

from etl.city import load_city
from etl.context import Context
from etl.drift.decide import approve, pending, reject
from etl.drift.mapping import proposed, write
from etl.drift.told import decision_line, held_lines
from etl.errors import DeclarationError
from etl.state import Feeds, HeldFeed, Holds


def holds_lines(context: Context, args: argparse.Namespace) -> Iterator[str]:
    """The lines to print. Raises DeclarationError."""
    match args.action:
        case []:
            yield from _listed(context, as_json=args.json)
        case ["decisions"]:
            for decision in Feeds(context.state.engine).decisions():
                yield decision_line(decision, as_json=args.json)
        case ["approve", source, *fingerprint] if len(fingerprint) < 2:
            held = approve(context, source, by=_of(args.by), reason=_of(args.reason), fingerprint=_first(fingerprint))
            yield _done(held, "approved", f"it is the new normal; the next run of {held.topic} takes it", args.json)
        case ["reject", source, *fingerprint] if len(fingerprint) < 2:
            held = reject(context, source, by=_of(args.by), reason=_of(args.reason), fingerprint=_first(fingerprint))
            yield _done(held, "rejected", "the same bytes are refused until another feed comes", args.json)
        case ["map", source, old, new]:
            yield from _map(context, source, old, new, args)
        case _:
            raise DeclarationError.of(
                "command line",
                "holds",
                "takes nothing, `approve SOURCE`, `reject SOURCE`, `map SOURCE OLD NEW` or `decisions`.",
                "See docs/holds.md.",
            )


def _listed(context: Context, *, as_json: bool) -> Iterator[str]:
    held = pending(context)
    for each in held:
        yield from held_lines(each.feed, as_json=as_json)
    topics = {each.feed.topic for each in held}
    others = [hold for hold in Holds(context.state.engine).open() if hold.topic not in topics]
    for hold in others:
        told = {"topic": hold.topic, "tier": hold.tier, "since": hold.began.isoformat(), "exit": hold.exit_code}
        if as_json:
            yield json.dumps({**told, "reason": hold.reason})
        else:
            yield f"{hold.topic} ({hold.tier}): held since {hold.began:%d %b %Y %H:%M} with exit code {hold.exit_code}"
            yield f"  held: {hold.reason}"
    if not held and not others and not as_json:
        yield "Nothing is held."


def _map(context: Context, source: str, old: str, new: str, args: argparse.Namespace) -> Iterator[str]:
    """Without --by the change is only shown."""
    mapping = proposed(load_city(context.city.folder, check_files=False), source, old, new)
    writing = args.by is not None or args.reason is not None
    if not args.json:
        yield mapping.diff
    if writing:
        write(context, mapping, by=_of(args.by), reason=_of(args.reason))
    if args.json:
        yield json.dumps({"source": source, "mapped": mapping.detail, "diff": mapping.diff, "written": writing})
    elif writing:
        topic = context.city.source(source).topic
        yield f"{source}: {mapping.detail}. Written; run it again with `etl run CITY {topic}`."
    else:
        yield "Not written yet: add --by NAME --reason TEXT."


def _done(held: HeldFeed, act: str, what: str, as_json: bool) -> str:
    if as_json:
        return json.dumps({"source": held.source, "act": act, "fingerprint": held.fingerprint})
    return f"{held.source}: {act}; {what}."


def _of(text: str | None) -> str:
    return text or ""


def _first(words: list[str]) -> str | None:
    return words[0] if words else None
