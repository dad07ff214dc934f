"""What the certificate of a release says: put together from the audit, the draft, the ledger and the policies."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from etl.audit.published import Published
from etl.context import Context
from etl.homes.losses import at_most, spent_so_far
from etl.protect.ledger import Ledger
from etl.release.protection import policy_of
from etl.release.signing import Signer
from etl.steps.audit import Audit
from layers.certificate import (
    CERTIFICATE,
    SIGNATURE,
    Attacked,
    Audited,
    Certificate,
    Margin,
    MeasuredTable,
    OverCap,
    Tried,
)
from layers.measures import Kind, Regime, Status
from layers.period import Grain
from layers.policy import PROTECTED_TOPICS, DisclosurePolicy, Tier
from layers.protection import Protection
from layers.release import Certify, ReleaseDraft, Written
from layers.store.downloads import canonical_json
from layers.topics import topic

_OVER_CAP = "over_cap"
"""The quality figure that tells what bounding dropped."""


@dataclass(frozen=True)
class Passed:
    """An audit that found nothing, what it attacked and how long it took."""

    audit: Audit
    attacked: Published
    seconds: float


def certifier(context: Context, draft: ReleaseDraft, passed: Passed, signer: Callable[[], Signer]) -> Certify:
    """What the publisher asks for the certificate's files, once the release's own files are written."""

    def certify(written: Written) -> Mapping[str, bytes]:
        signing = signer()
        content = canonical_json(certificate(context, draft, passed, written, key=signing.id).model_dump(mode="json"))
        return {CERTIFICATE: content, SIGNATURE: signing.sign(content)}

    return certify


def certificate(
    context: Context, draft: ReleaseDraft, passed: Passed, written: Written, *, key: str
) -> Certificate:  # fmt: skip
    """The certificate of a release that passed."""
    said = draft.manifest
    protection = Protection.model_validate(said["protection"]) if said.get("protection") else None
    return Certificate(
        topic=draft.topic,
        tier=context.tier,
        release=written.release,
        made_at=context.clock(),
        key=key,
        code_version=said["code_version"],
        protected=protection is not None,
        rows=draft.counts.height,
        files=dict(sorted(written.files.items())),
        manifest_sha256=written.manifest_sha256,
        audit=_audited(passed),
        exactness=said.get("exactness"),
        **(_protected(context, draft, protection) if protection else {}),
    )


def _audited(passed: Passed) -> Audited:
    tried = tuple(
        Tried(attack=a.attack, title=a.title, figures=a.tried, findings=len(a.findings), best=a.best)
        for a in passed.audit.attempts
    )
    tiers: dict[str, list[str]] = {}
    for release in passed.attacked.releases:
        tiers.setdefault(release.tier, []).append(release.topic)
    return Audited(
        attacks=tried,
        together_with=tuple(
            Attacked(tier=tier, topics=tuple(sorted(set(topics))), releases=len(topics))
            for tier, topics in sorted(tiers.items())
        ),
        figures=sum(t.figures for t in tried),
        findings=len(passed.audit.findings),
        seconds=round(passed.seconds, 2),
    )


def _protected(context: Context, draft: ReleaseDraft, protection: Protection) -> dict[str, Any]:
    """What a certificate says of figures about homes."""
    ledger = Ledger(context.state.engine, context.clock)
    return {
        "mode": protection.mode,
        "floor": protection.floor,
        "month_cap": protection.month_cap,
        "smallest_zone_homes": _smallest_zone(protection, draft.zones),
        "zones": protection.zones_by_year,
        "measured": _measured(ledger, draft.topic, context.tier),
        "spent": spent_so_far(ledger.spent()),
        "limits": at_most(draft.topic, _policies(context)),
        "over_cap": _over_cap(draft.manifest.get("quality", ())),
        "margins": margins(draft.counts, _measured_counts(draft.manifest)),
        "deviations": protection.deviations,
        "editions": protection.editions,
    }


def _policies(context: Context) -> list[DisclosurePolicy]:
    """Those of every topic and tier that the city measures."""
    measured = [name for name in PROTECTED_TOPICS if any(s.regime != "source" for s in context.city.sources_of(name))]
    tiers = [tier for tier in Tier if tier is Tier.PUBLIC or context.city.partner is not None]
    return [policy_of(replace(context, tier=tier), topic(name)) for tier in tiers for name in measured]


def _smallest_zone(protection: Protection, zones: pl.DataFrame | None) -> int | None:
    if protection.zones_by_year:
        return min(year.smallest_homes for year in protection.zones_by_year)
    if zones is None:
        return None
    finest = next(name for name in ("zone0", "zone1") if name in zones.columns)
    return int(min(zones.group_by(finest).agg(pl.col("homes").sum())["homes"].to_list()))


def _measured(ledger: Ledger, topic: str, tier: str) -> tuple[MeasuredTable, ...]:
    return tuple(
        MeasuredTable(
            table=m.table,
            sigma=round(m.sigma, 4),
            rho=round(m.rho, 6),
            periods_of_a_home=m.periods_of_a_home,
            rho_per_year=round(m.rho * m.periods_of_a_home, 6),
            periods=m.periods,
            first=m.first,
            last=m.last,
        )
        for m in ledger.measured(topic, tier)
    )


def _over_cap(quality: Iterable[Mapping[str, Any]]) -> tuple[OverCap, ...]:
    return tuple(OverCap(year=int(q["period"]), percent=q["value"]) for q in quality if q["name"] == _OVER_CAP)


def _measured_counts(manifest: Mapping[str, Any]) -> list[str]:
    said = manifest["measures"]
    return [m["name"] for m in said if m["regime"] == Regime.MEASURED and m["kind"] == Kind.COUNT]


def margins(counts: pl.DataFrame, measures: Iterable[str]) -> tuple[Margin, ...]:
    """How sure each level of these measures is, from the published rows alone."""
    shown = pl.col("status") == Status.VALUE.value
    levels = (
        counts.filter(
            pl.col("measure").is_in(list(measures)),
            pl.col("category") == "all",
            pl.col("status").is_in([Status.VALUE.value, Status.HIDDEN.value]),
        )
        .group_by("measure", "geography", "grain")
        .agg(
            figures=pl.len(),
            shown=shown.sum(),
            margin=(pl.col("high") - pl.col("value")).filter(shown).median(),
        )
        .sort("measure", "grain", "geography")
    )
    return tuple(Margin(**{**row, "grain": Grain(row["grain"])}) for row in levels.iter_rows(named=True))
