"""From a draft to a release: staged, attacked together with everything ever published, certified, published.

No PASS, no publish. A refused draft changes nothing: what was measured stays stored, and the next run reads it back.
Figures that were attacked together before, and passed, are not attacked together again (`etl.release.attacked`).
Exact tables are kept between PASS and publishing: killed in between, the next run reads them back and publishes those.
"""

from collections.abc import Collection
from pathlib import Path
from time import perf_counter

from etl.audit.published import Published, published
from etl.audit.repeats import without_repeats
from etl.context import Context
from etl.release.attacked import Attacked
from etl.release.certificate import Passed, certifier
from etl.release.refusal import keep_findings
from etl.release.signing import Keyring
from etl.release.staging import staged
from etl.release.withdrawnreleases import withdrawn_store
from etl.steps.audit import Audit, audit, require_pass, told_in_public, without_known
from etl.steps.publish import publish_release, refuse_seeded
from layers.policy import Tier
from layers.release import ReleaseDraft


def publish_audited(context: Context, draft: ReleaseDraft, *, dry: bool = False) -> str | None:
    """The id of the release; None on a dry run, which attacks the draft and publishes nothing.

    Raises WouldDisclose where an attack found anything; what it found is in the private folder alone.
    """
    refuse_seeded(draft)
    with staged(draft, context.folders.private, built_at=context.clock()) as staging:
        passed = _attacked(context, draft.topic, staging)
        if dry:
            return None
        with context.fence():
            draft.keep()
        return publish_release(
            staging,
            context.folders.store(context.tier),
            draft.topic,
            certify=certifier(context, draft, passed, keyring_of(context).signer),
            built_at=context.clock(),
            pointing=context.fence,
        )


def keyring_of(context: Context) -> Keyring:
    """The city's signing keys, for the public store and that of this run's tier."""
    stores = dict.fromkeys((context.folders.public, context.folders.store(context.tier)))
    return Keyring(
        context.folders.private, tuple(stores), context.clock(),
        tell=lambda why, key: context.progress.step("keys", "made", why=why, key=key),
    )  # fmt: skip


def _attacked(context: Context, topic: str, staging: Path) -> Passed:
    started = perf_counter()
    before = Attacked(context.folders.private, topic)
    gone = _withdrawn(context, topic)
    everything = published(_stores(context, staging), topic, built_at=before.built_at)
    concerned = without_repeats(everything, keep=gone, said=before.said)
    draft = Published(tuple(release for release in concerned.releases if staging in release.folder.parents))
    known = before.passed(concerned, draft, gone=gone)
    done = known or _audited(context, topic, concerned, gone)
    seconds = perf_counter() - started
    keep_findings(context.folders.private, topic, context.tier, done)
    context.progress.step(
        topic, "audit", attacks=len(done.attempts), findings=len(done.findings), seconds=round(seconds, 1),
        as_before="yes" if known else None,
    )  # fmt: skip
    require_pass(done)
    said = done if context.for_partners else told_in_public(done, concerned, of_public=before.words)
    before.keep(concerned, draft, done, gone=gone)
    return Passed(said, concerned, seconds)


def _audited(context: Context, topic: str, concerned: Published, gone: Collection[tuple[str, str]]) -> Audit:
    done = audit(concerned)
    if any((finding.tier, finding.release) in gone for finding in done.findings):
        return without_known(done, audit(_before(context, topic, gone)), gone)
    return done


def _before(context: Context, topic: str, gone: Collection[tuple[str, str]]) -> Published:
    return without_repeats(published(_stores(context), topic), keep=gone)


def _stores(context: Context, staging: Path | None = None) -> dict[str, list[Path]]:
    """Every tier's store, what was withdrawn from it, and what would be published beside the store that it is for."""
    stores = {str(tier): [withdrawn_store(context.folders, tier), context.folders.store(tier)] for tier in Tier}
    if staging is not None:
        stores[context.tier].append(staging)
    return stores


def _withdrawn(context: Context, topic: str) -> set[tuple[str, str]]:
    """Tier and id of the topic's releases that were taken back."""
    kept = published({str(tier): [withdrawn_store(context.folders, tier)] for tier in Tier}, topic)
    return {(release.tier, release.id) for release in kept.releases}
