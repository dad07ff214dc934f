"""What the steward may decide about a held feed. Every act is recorded for good: who, when, why, about what."""

from dataclasses import dataclass

from etl.context import Context
from etl.drift.finding import Finding
from etl.drift.profile import from_text
from etl.drift.told import findings_of
from etl.errors import DeclarationError
from etl.state import Feeds, HeldFeed


@dataclass(frozen=True, slots=True)
class Pending:
    """A held feed with what changed in it."""

    feed: HeldFeed
    findings: tuple[Finding, ...]


def pending(context: Context) -> list[Pending]:
    """Every feed that is held, oldest first."""
    return [Pending(feed, findings_of(feed)) for feed in Feeds(context.state.engine).held()]


def approve(context: Context, source: str, *, by: str, reason: str, fingerprint: str | None = None) -> HeldFeed:
    """Take exactly this feed as what is normal from now on; the next run compares with it.

    `fingerprint` says which findings the person saw; with another one held by now nothing is approved. Raises
    DeclarationError, also where only a declaration can let the feed pass. What a release would disclose is judged
    anew by every run: nobody can approve that.
    """
    feeds = Feeds(context.state.engine)
    held = _held(feeds, source, "approve", by, reason, fingerprint)
    if held.obstacle:
        raise _wrong("approve", f"{source} cannot be approved.", held.obstacle)
    profile = from_text(held.profile)
    feeds.approve(held, context.clock(), scope=profile.scope, day=profile.day, by=by.strip(), reason=reason.strip())
    return held


def reject(context: Context, source: str, *, by: str, reason: str, fingerprint: str | None = None) -> HeldFeed:
    """Refuse exactly these bytes: whenever they come again they are refused at once, until another feed comes."""
    feeds = Feeds(context.state.engine)
    held = _held(feeds, source, "reject", by, reason, fingerprint)
    feeds.reject(held, context.clock(), by=by.strip(), reason=reason.strip())
    return held


def require_names(act: str, by: str | None, reason: str | None) -> None:
    """Raises DeclarationError where nobody answers for an act, or no reason is given."""
    if not (by or "").strip() or not (reason or "").strip():
        raise _wrong(act, "needs --by NAME and --reason TEXT.", "Both are recorded for good.")


def _held(feeds: Feeds, source: str, act: str, by: str, reason: str, fingerprint: str | None) -> HeldFeed:
    require_names(act, by, reason)
    held = feeds.held_of(source)
    if held is None:
        raise _wrong(act, f"nothing of a source {source} is held by a gate.", "List what is with `etl holds CITY`.")
    if fingerprint is not None and fingerprint != held.fingerprint:
        raise _wrong(act, f"another feed of {source} is held by now.", "Look at it with `etl holds CITY`, then decide.")
    return held


def _wrong(act: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("command line", f"holds {act}", what, remedy)
