"""Held feeds and profiles in words, for the terminal and for machines."""

import json
from collections.abc import Iterator

from etl.drift.finding import Finding, from_told, percent
from etl.drift.profile import Profile
from etl.state import Decision, HeldFeed


def findings_of(held: HeldFeed) -> tuple[Finding, ...]:
    """What changed in a held feed."""
    return tuple(from_told(told) for told in json.loads(held.findings))


def held_lines(held: HeldFeed, *, as_json: bool) -> Iterator[str]:
    """A held feed: since when, what changed, and what can be done."""
    findings = findings_of(held)
    if as_json:
        told = {"source": held.source, "topic": held.topic, "since": held.began.isoformat(), "exit": held.exit_code}
        told |= {"fingerprint": held.fingerprint, "reason": held.reason, "obstacle": held.obstacle}
        yield json.dumps({**told, "findings": [finding.told() for finding in findings]})
        return
    yield (
        f"{held.source} ({held.topic}): held since {held.began:%d %b %Y %H:%M} with exit code {held.exit_code}, "
        f"fingerprint {held.fingerprint}"
    )
    if not any(finding.holds for finding in findings):
        yield f"  held: {held.reason}"
    yield from (f"  {finding.line()}" for finding in findings)
    if held.obstacle:
        yield f"  Nobody can approve it. {held.obstacle}"


def decision_line(decision: Decision, *, as_json: bool) -> str:
    """Who decided what, when and why."""
    if as_json:
        names = ("source", "act", "fingerprint", "by", "reason", "detail")
        return json.dumps({"at": decision.at.isoformat(), **{name: getattr(decision, name) for name in names}})
    detail = f": {decision.detail}" if decision.detail else ""
    return f"{decision.at:%d %b %Y %H:%M} {decision.act} {decision.source}{detail}, by {decision.by}: {decision.reason}"


def profile_lines(profile: Profile) -> Iterator[str]:
    """A profile in a few lines: for the steward alone, and without a record's value."""
    used = [column for column in profile.columns if column.name is not None]
    kinds = ", ".join(f"{c.name} {c.kind}, {percent(c.blank)} blank" for c in used)
    yield f"    columns: {len(profile.columns)}, of which used: {kinds or 'none'}"
    if profile.newest is not None:
        months = ", ".join(f"{month:%b %Y} {number:,}" for month, number in sorted(profile.months.items())[-6:])
        yield f"    newest record: {profile.newest:%d %b %Y}, {profile.age} days before; by month: {months}"
    if profile.lag_median is not None and profile.lag_p90 is not None:
        median, p90 = profile.lag_median, profile.lag_p90
        yield f"    days between record and run: median {median:,.0f}, 90th percentile {p90:,.0f}"
    unread = {name: tally.unread for name, tally in profile.fields.items() if tally.unread}
    if unread:
        yield f"    not understood: {', '.join(f'{name} {number:,}' for name, number in unread.items())}"
    if profile.unmapped:
        yield f"    in no list: {', '.join(f'{name} {number:,}' for name, number in profile.unmapped.items())}"


def profile_told(profile: Profile) -> dict[str, object]:
    """The same for machines."""
    return {
        "columns": len(profile.columns),
        "used": {c.name: {"kind": c.kind, "blank": c.blank} for c in profile.columns if c.name is not None},
        "rows": profile.rows,
        "ids": profile.ids,
        "duplicates": profile.duplicates,
        "newest": profile.newest.isoformat() if profile.newest else None,
        "lag_median": profile.lag_median,
        "lag_p90": profile.lag_p90,
        "months": {month.isoformat(): number for month, number in sorted(profile.months.items())},
        "unmapped": dict(profile.unmapped),
    }
