"""The tables of a certificate's page."""

from typing import Any

from dash.development.base_component import Component

from layers.certificate import Certificate, Loss
from layers.period import Grain
from layers.release import Manifest
from portal.certificate.attacks import in_words
from portal.frame.elements import html
from portal.frame.parts import day, table
from portal.language import N_, _, _n, woven
from portal.words.figures import NO_BREAK
from portal.words.released import inside, told
from portal.words.wording import count_text, grain_text

ALL = "all"


def percent(share: float) -> str:
    """`76 %`, kept on one line."""
    return f"{share * 100:.0f}{NO_BREAK}%"


def tried(certificate: Certificate) -> Component:
    """What was tried, on how many figures, and what it gave."""
    rows: list[list[Any]] = [
        [in_words(each), count_text(each.figures), str(each.findings), told(each.best)]
        for each in certificate.audit.attacks
    ]
    return table(
        [_("What an intruder would try"), _("Figures tried"), _("Homes found"), _("The best it achieved")],
        rows,
        caption=_("Attacks on this release, together with everything published before"),
        numbers=frozenset({1, 2}),
        stacks=True,
    )


def limits(certificate: Certificate, manifest: Manifest) -> Component:
    """The most that one calendar year may ever tell about a home: of this topic, and of all together."""
    found = [(_whose(each, manifest), each) for each in certificate.limits if _is_told(each, certificate)]
    rows = [[words, percent(each.best_guess), f"{each.rho:g}", f"{each.epsilon:.1f}"] for words, each in found]
    return table(
        [_("Someone who reads"), _("is right at most"), _("ρ per home and year"), _("ε at δ = 0.000001")],
        rows,
        caption=_("The best possible guess about one home in one calendar year"),
        numbers=frozenset({1, 2, 3}),
    )


def _is_told(loss: Loss, certificate: Certificate) -> bool:
    """Where no agency sees more, the sum over all tiers says nothing new."""
    if loss.topic != ALL or loss.tier != ALL:
        return True
    public = everything_public(certificate)
    return public is None or loss.rho > public.rho


def everything_public(certificate: Certificate) -> Loss | None:
    """The limit of all public topics together."""
    return next((each for each in certificate.limits if (each.topic, each.tier) == (ALL, "public")), None)


def with_agencies(certificate: Certificate) -> Loss | None:
    """The limit of all topics and tiers; None where no agency sees more than everybody."""
    found = next((each for each in certificate.limits if (each.topic, each.tier) == (ALL, ALL)), None)
    return found if found is not None and _is_told(found, certificate) else None


def own_limit(certificate: Certificate) -> Loss | None:
    """The limit of this topic in this tier."""
    wanted = (certificate.topic, certificate.tier)
    return next((each for each in certificate.limits if (each.topic, each.tier) == wanted), None)


def _whose(loss: Loss, manifest: Manifest) -> str:
    if loss.topic == ALL and loss.tier == ALL:
        return _("everything public, and what partner agencies get")
    if loss.topic == ALL:
        return _("every public topic together")
    title = inside(manifest.title)
    if loss.tier == "public":
        return _("{topic} of one year", topic=title)
    return _("{topic} of one year, as partner agencies get it", topic=title)


def spent(certificate: Certificate) -> Component:
    """Running totals per calendar year, and over all years."""
    years = sorted({each.year for each in certificate.spent if each.year is not None})
    kinds = [(certificate.topic, certificate.tier), (ALL, "public")]
    if with_agencies(certificate):
        kinds.append((ALL, ALL))
    heads: list[Any] = [_("Year"), *(_(_KIND[kind]) for kind in map(_kind, kinds))]
    by_key = {(each.topic, each.tier, each.year): each for each in certificate.spent}
    rows: list[list[Any]] = [
        [_("All years together") if year is None else str(year), *(_cost(by_key.get((*kind, year))) for kind in kinds)]
        for year in (*years, None)
    ]
    caption = _("What a home’s year has cost so far: ρ, ε at δ = 0.000001, and the best possible guess")
    return table(heads, rows, caption=caption)


_KIND = {
    "own": N_("This topic"),
    "public": N_("All public topics"),
    "everything": N_("All topics, with what partner agencies get"),
}


def _kind(kind: tuple[str, str]) -> str:
    return "own" if kind[0] != ALL else "public" if kind[1] == "public" else "everything"


def _cost(loss: Loss | None) -> str:
    if loss is None:
        return "–"
    return f"ρ {loss.rho:.2f} · ε {loss.epsilon:.1f} · {percent(loss.best_guess)}"


def margins(certificate: Certificate, manifest: Manifest) -> Component:
    """How sure the figures of each level are."""
    rows: list[list[Any]] = [
        [
            _measure_title(manifest, each.measure),
            grain_text(each.grain),
            _places(manifest, each.geography),
            count_text(each.figures),
            percent(each.shown / each.figures) if each.figures else "–",
            f"± {each.margin:g}" if each.margin is not None else "–",
        ]
        for each in sorted(certificate.margins, key=lambda m: (m.measure, _GRAINS.index(m.grain), -m.figures))
    ]
    return table(
        [_("What is counted"), _("By"), _("Places"), _("Figures"), _("Shown"), _("Usual margin (homes)")],
        rows,
        caption=_("The noise as a reader meets it: half of the 90 % range, in the middle of each level"),
        numbers=frozenset({3, 4, 5}),
    )


_GRAINS = list(Grain)


def _measure_title(manifest: Manifest, name: str) -> str:
    measure = manifest.measure(name)
    return told(measure.title) if measure else name


def _places(manifest: Manifest, name: str) -> str:
    places = manifest.geography(name)
    return told(places.plural) if places else name


def zones_by_year(certificate: Certificate) -> Component:
    """Version and hash of each year's partition."""
    rows: list[list[Any]] = [
        [
            str(each.year),
            count_text(each.zones),
            _n("{n} home", "{n} homes", each.smallest_homes),
            html.Span(each.sha256, className="hash"),
        ]
        for each in certificate.zones
    ]
    return table(
        [_("Year"), _("Zones"), _("Smallest"), _("SHA-256 of the partition")],
        rows,
        caption=_("The zones of each calendar year"),
        numbers=frozenset({1, 2}),
    )


def measured(certificate: Certificate) -> Component:
    """Every table as it was measured, from the ledger."""
    rows: list[list[Any]] = [
        [
            html.Code(each.table),
            f"{each.sigma:.2f}",
            f"{each.rho:g}",
            str(each.periods_of_a_home),
            f"{each.rho_per_year:g}",
            str(each.periods),
            woven("{first} to {last}", first=day(each.first), last=day(each.last)),
        ]
        for each in certificate.measured
    ]
    return table(
        [
            _("Table"),
            _("Noise σ (homes)"),
            _("ρ a period"),
            _("Periods of a home"),
            _("ρ a year"),
            _("Measured"),
            _("First to last period"),
        ],
        rows,
        caption=_("Measured tables, from the ledger"),
        numbers=frozenset({1, 2, 3, 4, 5}),
    )


def hashes(certificate: Certificate) -> Component:
    """Every certified file."""
    rows: list[list[Any]] = [
        [html.Code(name), html.Span(sha256, className="hash")] for name, sha256 in sorted(certificate.files.items())
    ]
    return table([_("File"), "SHA-256"], rows, caption=_("Files that the certificate speaks of"))


def deviations(certificate: Certificate) -> Component | None:
    """Where the city decided otherwise than by default, and who answers for it."""
    if not certificate.deviations:
        return None
    rows: list[list[Any]] = [
        [each.what, each.default, each.declared, each.reason or "–", each.approved_by or "–"]
        for each in certificate.deviations
    ]
    heads = [_("What"), _("By default"), _("In this city"), _("Reason"), _("Approved by")]
    return table(heads, rows, caption=_("Where this city decided otherwise"))


def editions(certificate: Certificate) -> Component | None:
    """Second measurements."""
    if not certificate.editions:
        return None
    rows: list[list[Any]] = [
        [html.Code(each.table), day(each.period), str(each.edition), each.reason, each.booked_by, day(each.booked_on)]
        for each in certificate.editions
    ]
    heads = [_("Table"), _("Period"), _("Edition"), _("Reason"), _("Booked by"), _("On")]
    return table(heads, rows, caption=_("Measured a second time, because of a genuine error"))
