"""`etl check`: read the feeds as a run would, tell how they look, and publish nothing."""

import json
from collections.abc import Callable, Sequence

from etl.addresses import read_homes
from etl.context import Context
from etl.counted import read_counted
from etl.drift.gate import Examined, Held
from etl.drift.told import profile_lines, profile_told
from etl.errors import DeclarationError, EtlError
from etl.feed import read_feed
from etl.report import source_line


def profile_sources(context: Context, names: Sequence[str], say: Callable[[str], None], *, as_json: bool) -> int:
    """Profile the named sources, or all. Returns the exit code of the first that fails, else 0."""
    known = {source.id for source in context.city.sources}
    for name in names:
        if name not in known:
            raise DeclarationError.of(
                "command line",
                "SOURCE",
                f"{name} is no source of this city.",
                f"Choose from {', '.join(sorted(known))}.",
            )
    _, directory = read_homes(context)
    codes = []
    for source in context.city.sources:
        if names and source.id not in names:
            continue
        try:
            if source.regime == "source":
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
