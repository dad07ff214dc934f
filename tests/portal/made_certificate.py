"""Certificates for the made-up store, signed with a real key."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from etl.release.signing import Keyring, Signer
from layers.certificate import (
    CERTIFICATE,
    SIGNATURE,
    Attacked,
    Audited,
    Certificate,
    Loss,
    Margin,
    MeasuredTable,
    OverCap,
    Tried,
)
from layers.period import Grain
from layers.policy import DELTA, best_guess
from layers.protection import Deviation, Edition, Exactness, YearZones
from layers.release import Certify, ReleaseDraft, Written
from layers.store.downloads import canonical_json
from layers.store.reader import Store
from tests.portal.made_places import BUILT
from tests.portal.made_store import make_store

OF_AGENCIES = "In the smallest places a figure proves at most that it happened to 77% of the homes."
YEAR = YearZones(year=2026, version="2026-made", sha256="0" * 64, zones=20, smallest_homes=150)


def make_certified_store(folder: Path) -> Path:
    """A small made-up store with zones and certificates; the private half of the key lies beside it."""
    return make_store(folder, size=2, certifier=_certifier(_signer(folder, folder.parent)))


def certify_again(store: Path, made: Path, topic: str, **said: Any) -> None:
    """Give a release of `store`, a copy of `made`, a certificate that says otherwise, signed by the same hand."""
    folder = store / "releases" / topic / Store(store).current()[topic]
    told = Certificate.model_validate_json((folder / CERTIFICATE).read_bytes()).model_copy(update=said)
    content = canonical_json(told.model_dump(mode="json"))
    (folder / CERTIFICATE).write_bytes(content)
    (folder / SIGNATURE).write_bytes(_signer(store, made.parent).sign(content))


def _signer(store: Path, beside: Path) -> Signer:
    return Keyring(beside / "private", [store], BUILT).signer()


def _certifier(signer: Signer) -> Callable[[ReleaseDraft], Certify]:
    def certifier(draft: ReleaseDraft) -> Certify:
        def certify(written: Written) -> Mapping[str, bytes]:
            told = certificate(draft, written, key=signer.id)
            content = canonical_json(told.model_dump(mode="json"))
            return {CERTIFICATE: content, SIGNATURE: signer.sign(content)}

        return certify

    return certifier


def certificate(draft: ReleaseDraft, written: Written, *, key: str) -> Certificate:
    """One of a release that passed two attacks."""
    protected = draft.manifest["protection"] is not None
    tried = (
        Tried(attack="presence", title="Presence of rows", figures=1200, findings=0, best="No row is missing."),
        Tried(attack="homogeneity", title="High shares", figures=300, findings=0, best=OF_AGENCIES),
    )
    return Certificate(
        topic=draft.topic, tier="public", release=written.release, made_at=BUILT, key=key, code_version="test",
        protected=protected, rows=draft.counts.height, files=written.files, manifest_sha256=written.manifest_sha256,
        audit=Audited(
            attacks=tried, figures=1500, findings=0, seconds=1.5,
            together_with=(Attacked(tier="public", topics=(draft.topic,), releases=1),),
        ),
        **(_protection(draft.topic) if protected else {"exactness": _exactness()}),
    )  # fmt: skip


def _protection(topic: str) -> dict[str, Any]:
    """What it says of figures about homes: a little of everything."""
    day, table = date(2026, 1, 1), "filings-year-zone1"
    owners = ((topic, "public"), ("all", "public"), ("all", "all"))
    return {
        "mode": "measured",
        "floor": 5,
        "month_cap": 4,
        "smallest_zone_homes": 150,
        "zones": (YEAR,),
        "limits": tuple(loss(*owner, None, rho) for owner, rho in zip(owners, (1.0, 2.0, 2.0), strict=True)),
        "spent": tuple(loss(*owner, year, 0.5) for owner in owners for year in (2026, None)),
        "measured": (
            MeasuredTable(
                table=table, sigma=1.58, rho=0.2, periods_of_a_home=1, rho_per_year=0.2, periods=2, first=day, last=day
            ),
        ),
        "over_cap": (OverCap(year=2025, percent=1.0), OverCap(year=2026, percent=None)),
        "margins": (
            Margin(measure="homes_filed", geography="district", grain=Grain.YEAR, figures=6, shown=5, margin=8.0),
        ),
        "deviations": (
            Deviation(
                what="floor", default="5", declared="4", reason="Asked for by the court.", approved_by="A. Steward"
            ),
        ),
        "editions": (
            Edition(
                table=table, period=day, edition=2, reason="A week was missing.", booked_by="B. Clerk", booked_on=day
            ),
        ),
    }


def loss(topic: str, tier: str, year: int | None, rho: float) -> Loss:
    """What `rho` means; epsilon is made up."""
    return Loss(topic=topic, tier=tier, year=year, rho=rho, epsilon=7.77, delta=DELTA, best_guess=best_guess(rho))


def _exactness() -> Exactness:
    return Exactness(reason="It counts buildings.", reviewed_by="C. Reviewer", reviewed_on=date(2026, 2, 3))
