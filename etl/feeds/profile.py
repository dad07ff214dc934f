"""`etl check`: look at the feeds and judge them as a run would, tell how they look, and publish nothing.

What lies on this machine is read whole; of what comes over a network only some rows are asked for.
"""

import json
from collections.abc import Callable, Sequence

from etl.commands.report import source_line
from etl.context import Context
from etl.drift.gate import Examined, Held
from etl.drift.told import profile_lines, profile_told
from etl.errors import DeclarationError, EtlError
from etl.feeds.counted import read_counted
from etl.feeds.feed import read_feed
from etl.feeds.glance import glance, sample_line, sample_told
from etl.geography.addresses import homes_at_hand
from etl.totals.reading import read_totals


def profile_sources(
    context: Context, names: Sequence[str], say: Callable[[str], None], *, as_json: bool, whole: bool = False
) -> int:
    """Profile the named sources, or all; with `whole` every feed is read to its end.

    Returns the exit code of the first that fails, else 0.
    """
    known = {source.id for source in context.city.sources}
    for name in names:
        if name not in known:
            raise DeclarationError.of(
                "command line",
                "SOURCE",
                f"{name} is no source of this city.",
                f"Choose from {', '.join(sorted(known))}.",
            )
    directory = homes_at_hand(context, whole=whole)
    codes = []
    for source in context.city.sources:
        if names and source.id not in names:
            continue
        try:
            found = None if whole else glance(context, source, directory)
            if found is not None:
                say(source_line(found.run, as_json=as_json))
                told_of = json.dumps(sample_told(context, source, found)) if as_json else None
                say(told_of or sample_line(context, source, found))
                _tell(source.id, found.seen, say, as_json=as_json)
            elif source.totals is not None:
                summed, run = read_totals(context, source)
                say(source_line(run, as_json=as_json))
                _tell(source.id, summed.seen, say, as_json=as_json)
            elif source.regime == "source":
                say(source_line(read_counted(context, source)[1], as_json=as_json))
            else:
                feed = read_feed(context, source, directory, keep=False)
                say(source_line(feed.run, as_json=as_json))
                _tell(source.id, feed.seen, say, as_json=as_json)
        except EtlError as error:
            told = {"source": source.id, "exit": error.exit_code, "error": str(error)}
            say(json.dumps(told) if as_json else f"{source.id}: {error}")
            if isinstance(error.held, Held):
                _tell(source.id, error.held.seen, say, as_json=as_json)
            codes.append(error.exit_code)
    return codes[0] if codes else 0


def _tell(source: str, seen: Examined | None, say: Callable[[str], None], *, as_json: bool) -> None:
    """The profile, and what changed since the last accepted feed."""
    if seen is None:
        return
    if as_json:
        told = [finding.told() for finding in seen.findings]
        say(json.dumps({"source": source, "profile": profile_told(seen.profile), "findings": told}))
        return
    for line in profile_lines(seen.profile):
        say(line)
    for finding in seen.findings:
        say(f"    {finding.line()}")
