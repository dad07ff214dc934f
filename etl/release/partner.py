"""The partner tier: whether a city has one, who may read it, and what its releases say of that."""

from collections.abc import Iterator
from typing import Any

from etl.city import City
from etl.city.models import Partner
from etl.context import Context
from etl.errors import DeclarationError, WouldDisclose
from layers.policy import Tier
from layers.protection import Access
from layers.topics import GroupKind, Topic


class AgreementEnded(WouldDisclose):
    """The partners' agreement has ended: nobody may read what a run would measure for them."""

    remedy = (
        "Nothing was measured. Take the partner folder away from its readers, or renew the agreement and change "
        "[partner] expires in city.toml."
    )


def require_partner(city: City) -> Partner:
    """The city's agreement. Raises DeclarationError where none is declared."""
    if city.partner is None:
        raise DeclarationError.of(
            "city.toml",
            "partner",
            "this city has no partner tier: no agreement is declared.",
            "Add [partner] with audience, agreement and expires; see docs/partner-tier.md.",
        )
    return city.partner


def refuse_expired(context: Context) -> None:
    """Raises AgreementEnded for a partner run after the last day of the agreement."""
    if context.for_partners and require_partner(context.city).expires < context.as_of:
        raise AgreementEnded(f"The partners' agreement ended on {require_partner(context.city).expires:%d %b %Y}.")


def access_of(context: Context) -> Access | None:
    """Who may read a release of this tier, and until when; None where everybody may."""
    if not context.for_partners:
        return None
    said = require_partner(context.city)
    return Access(audience=said.audience, agreement=said.agreement, terms=said.terms, expires=said.expires)


def in_tier(context: Context, topic: Topic, manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a release of this tier: as it is in public; for partners with who may read it, and why."""
    access = access_of(context)
    if access is None:
        return manifest
    measured = {measure["name"] for measure in manifest["measures"]}
    return {
        **manifest,
        "title": f"{manifest['title']} (for partner agencies)",
        "protected": True,
        "tier": str(Tier.PARTNER),
        "access": access.model_dump(mode="json"),
        "groups": [group for group in manifest["groups"] if group["kind"] != GroupKind.PLACE],
        "notes": (*manifest["notes"], *_notes(access, [m.title for m in topic.measures if m.name not in measured])),
    }


def _notes(access: Access, elsewhere: list[str]) -> Iterator[str]:
    yield f"For {', '.join(access.audience)} under {access.agreement}, until {access.expires:%d %b %Y}. {access.terms}"
    yield (
        "Measured for partners on its own: a figure differs by noise from the public one of the same place and time. "
        "The difference says nothing."
    )
    if elsewhere:
        yield f"Not measured for partners; read the public release for: {'; '.join(elsewhere)}."
