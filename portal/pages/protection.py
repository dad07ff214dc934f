"""The computed figures of `/privacy`: facts of the releases and of their certificates, never typed."""

import math
from typing import Any

from dash.development.base_component import Component

from layers.certificate import Certificate
from layers.measures import Kind, Regime, Status
from layers.period import Grain
from layers.policy import ZONE0_HOMES, best_guess
from layers.protection import Protection
from layers.release import Closing, GeographyInfo, Manifest, MeasureInfo, TableInfo
from layers.store.reader import Release
from portal.certificate.attacks import in_words
from portal.certificate.certified import certified
from portal.certificate.tables import percent, with_agencies
from portal.frame.elements import html
from portal.frame.page import Visit
from portal.frame.parts import day, icon, note, status_word, table
from portal.language import N_, _, link, number, woven
from portal.pages.street import street_figure
from portal.view import View
from portal.words.released import told
from portal.words.wording import count_text, grain_text, list_text, period_text

NOT_HERE = N_("This city has published no protected topic yet.")
Z90 = 1.645
_USUAL_SIGMA, _USUAL_FLOOR = 1.6, 5


def protected(visit: Visit) -> list[Manifest]:
    """Manifests of the topics that concern homes."""
    return [manifest for manifest in visit.releases.manifests() if manifest.protection is not None]


def certificates_now(visit: Visit) -> list[Certificate]:
    """Those of the current releases of protected topics, as far as their signatures hold at this moment."""
    found = (visit.releases.release(manifest.topic) for manifest in protected(visit))
    checked = (certified(visit.releases.folder, release) for release in found if release is not None)
    return [each.certificate for each in checked if each.certificate is not None and each.holds]


# ---- the street ----


def street(visit: Visit) -> Component:
    """A street that does not exist, under the noise of this city's yearly zones: of evictions, where it has them."""
    first = next(iter(_evictions_first(visit)), None)
    tables = [t for each in first.measures for t in each.tables if _yearly_zone(t)] if first else []
    floor = first.protection.floor if first and first.protection else _USUAL_FLOOR
    return street_figure(max((t.sigma for t in tables), default=_USUAL_SIGMA), floor)


def _evictions_first(visit: Visit) -> list[Manifest]:
    """What the street tells of, where the city publishes it."""
    return sorted(protected(visit), key=lambda manifest: manifest.topic != "evictions")


def _yearly_zone(each: TableInfo) -> bool:
    return each.grain is Grain.YEAR and each.geography == "zone1"


# ---- a margin and a hidden figure, from the newest release ----


def example(visit: Visit) -> Component:
    """A published row with its margin and one that is too few to show, in words."""
    for manifest in _evictions_first(visit):
        release, measure = visit.releases.release(manifest.topic), _counted(manifest)
        if release is None or measure is None:
            continue
        found = [_shown(release, measure), _hidden(release, measure)]
        if any(found):
            return html.Ul([html.Li(each, className="card") for each in found if each], className="cards examples")
    return html.P(
        _(
            "Every figure has a margin: the range in which the true number lies nine times in ten. A figure that is "
            "too small is not shown; “too few to show” stands in its place."
        )
    )


def _counted(manifest: Manifest) -> MeasureInfo | None:
    wanted = (m for m in manifest.measures if m.regime is Regime.MEASURED and m.kind is Kind.COUNT)
    return next(wanted, None)


def _shown(release: Release, measure: MeasureInfo) -> list[Any] | None:
    for places, closing in _levels(release.manifest, ("district", "neighborhood", "city")):
        row = _first(release, measure, places, closing, Status.VALUE)
        if row and row["low"] is not None and row["high"] is not None:
            return [
                _heading(release, measure, places, closing, row["unit"]),
                html.P(
                    woven(
                        "{figure}, margin {low} to {high}",
                        figure=html.Strong(count_text(int(row["value"]))),
                        low=number(row["low"]),
                        high=number(row["high"]),
                    )
                ),
                html.P(
                    _(
                        "In words: about {value} homes. Nine times in ten, the true number lies between "
                        "{low} and {high}. Two figures whose margins overlap widely may not "
                        "differ at all.",
                        value=number(row["value"]),
                        low=number(row["low"]),
                        high=number(row["high"]),
                    )
                ),
            ]
    return None


def _hidden(release: Release, measure: MeasureInfo) -> list[Any] | None:
    floor = release.manifest.protection.floor if release.manifest.protection else _USUAL_FLOOR
    for places, closing in _levels(release.manifest, ("neighborhood", "zone1", "zone2")):
        row = _first(release, measure, places, closing, Status.HIDDEN)
        if row and row["high"] is not None:
            return [
                _heading(release, measure, places, closing, row["unit"]),
                html.P(status_word(Status.HIDDEN)),
                html.P(
                    _(
                        "In words: after the random amount was added, the figure was below {floor}. The true number "
                        "lies between 0 and {high} at least nine times in ten. It may be none.",
                        floor=floor,
                        high=number(row["high"]),
                    )
                ),
            ]
    return None


def _levels(manifest: Manifest, wanted: tuple[str, ...]) -> list[tuple[GeographyInfo, Closing]]:
    """The last closed month of these places, else the quarter, else the year."""
    found = (manifest.geography(name) for name in wanted)
    places = [each for each in found if each is not None and each.grains]
    closings = [each for each in manifest.closings if each.last_closed is not None]
    return [(each, closing) for each in places for closing in closings if closing.grain in each.grains]


def _first(
    release: Release, measure: MeasureInfo, places: GeographyInfo, closing: Closing, status: Status
) -> dict[str, Any] | None:
    rows = release.counts(
        measure=measure.name, category="all", geography=places.name, grain=closing.grain, period=closing.last_closed
    )
    return next((row for row in rows.iter_rows(named=True) if row["status"] == status), None)


def _heading(release: Release, measure: MeasureInfo, places: GeographyInfo, closing: Closing, unit: str) -> Component:
    name = next((each.name for each in places.units if each.id == unit), unit)
    assert closing.last_closed is not None, "only closed periods are asked for"
    view = View(topic=release.topic, measure=measure.name, geography=places.name, unit=unit, grain=closing.grain)
    words = f"{told(measure.title)}, {name}, {period_text(closing.last_closed, closing.grain)}"
    return html.P(html.A(words, href=f"/trends{view.query()}"))


# ---- what it costs ----


def guess(visit: Visit) -> Component:
    """Best possible guess by topic, for all public topics, and with what agencies get."""
    manifests = protected(visit)
    if not manifests:
        return note(html.P(_(NOT_HERE)))
    rows = [_guess_row(told(m.title), _rho(m.protection), m.protection.epsilon) for m in manifests if m.protection]
    if len(rows) > 1:
        rows.append(
            _guess_row(_("All of these together"), sum(_rho(m.protection) for m in manifests if m.protection), None)
        )
    most = max(
        (each for each in map(with_agencies, certificates_now(visit)) if each), key=lambda e: e.rho, default=None
    )
    if most is not None:
        rows.append(_guess_row(_("All of these, and what housing agencies get"), most.rho, most.epsilon))
    return table(
        [_("Someone who reads"), _("is right at most"), _("ρ per home and year"), _("ε at δ = 0.000001")],
        rows,
        caption=_("One home, one calendar year, someone who knows every other record"),
        numbers=frozenset({1, 2, 3}),
    )


def _rho(protection: Protection) -> float:
    """Exact counts set no bound."""
    return math.inf if protection.rho is None else protection.rho


def _guess_row(title: str, rho: float, epsilon: float | None) -> list[Any]:
    bound = f"{rho:g}" if math.isfinite(rho) else "–"
    return [title, percent(best_guess(rho)), bound, f"{epsilon:.1f}" if epsilon is not None else "–"]


def ladder(visit: Visit) -> Component:
    """What is measured of each protected topic, with its margin."""
    manifests = protected(visit)
    if not manifests:
        return note(html.P(_(NOT_HERE)))
    return html.Div([_ladder_of(manifest) for manifest in manifests])


def _ladder_of(manifest: Manifest) -> Component:
    seen = {(t.family, t.grain, t.geography): t for each in manifest.measures for t in each.tables}
    if not seen:
        return _ladder_in_words(manifest)
    rows = [_ladder_row(manifest, each) for each in seen.values()]
    floor = manifest.protection.floor if manifest.protection else 0
    caption = _(
        "{topic}: measured tables. Figures below {floor} are not shown.", topic=told(manifest.title), floor=floor
    )
    heads = [_("Table"), _("By"), _("Places"), _("Noise (σ)"), _("Margin of one figure (90 %)")]
    return table(heads, rows, caption=caption, numbers=frozenset({3, 4}))


def _ladder_row(manifest: Manifest, each: TableInfo) -> list[Any]:
    places = manifest.geography(each.geography)
    title = told(places.plural) if places else each.geography
    name = told(each.family.replace("_", " ").capitalize())
    return [name, grain_text(each.grain), title, f"{each.sigma:.2f}", f"± {each.sigma * Z90:.1f}"]


def _ladder_in_words(manifest: Manifest) -> Component:
    offered = [f"{told(g.plural)}: {_grains(g)}" for g in manifest.geographies if g.grains]
    return html.P(f"{told(manifest.title)}. {'; '.join(offered)}.")


def _grains(geography: GeographyInfo) -> str:
    return list_text([grain_text(grain) for grain in Grain if grain in geography.grains])


# ---- attacks and certificates ----


def attacks(visit: Visit) -> Component:
    """What was tried before the newest protected release, in words."""
    newest = max(certificates_now(visit), key=lambda c: (c.audit.figures, c.topic), default=None)
    if newest is None:
        return html.P(_("The certificates list what was tried."))
    tried = html.Ul([html.Li(in_words(each)) for each in newest.audit.attacks])
    figures = count_text(newest.audit.figures)
    return html.Div(
        [
            html.P(
                _(
                    "Last time it tried {attacks} ways on {figures} figures, and learned nothing:",
                    attacks=len(newest.audit.attacks),
                    figures=figures,
                )
            ),
            html.Div(tried, className="prose"),
        ]
    )


def certificates(visit: Visit) -> Component:
    """The certificates of the current releases."""
    manifests = visit.releases.manifests()
    if not manifests:
        return note(html.P(_("Nothing has been published yet.")))
    rows: list[list[Any]] = [
        [
            html.A(told(manifest.title), href=link(f"/privacy/certificate/{manifest.topic}")),
            day(manifest.as_of),
            _state(visit, manifest),
        ]
        for manifest in manifests
    ]
    return table(
        [_("Certificate"), _("As of"), _("Signature")],
        rows,
        caption=_("Certificates of the releases on this site"),
        stacks=True,
    )


def _state(visit: Visit, manifest: Manifest) -> list[Any]:
    release = visit.releases.release(manifest.topic)
    found = certified(visit.releases.folder, release) if release else None
    if found is None or found.certificate is None:
        return [_("none: made before certificates were signed")]
    return [icon("check"), _("holds")] if found.holds else [icon("caution"), _("cannot be confirmed at this moment")]


# ---- agencies ----

_NEVER = N_(
    "Nobody outside the system that counts gets a record, a name or an address from it, on any terms. The lists that "
    "outreach workers need stay in their agencies’ own case systems."
)


def agencies(visit: Visit) -> Component:
    """What partner agencies get, and on which terms; or that nobody gets more than everybody."""
    manifests, known = protected(visit), certificates_now(visit)
    more = any(with_agencies(each) for each in known)
    if not more:
        words = (
            _("No agency gets finer figures than you see here.")
            if known
            else _("If housing agencies get finer figures than everybody, the certificates say so.")
        )
        return html.P(f"{words} {_(_NEVER)}")
    rule = manifests[0].protection
    small, large = (rule.zone1_homes, rule.zone2_homes) if rule else (100, 500)
    return html.Div(
        [
            html.P(
                _(
                    "Housing agencies that signed an agreement with the city get counts of finer places, and earlier: "
                    "by month for zones of at least {large} homes, by quarter for zones of at least {small} homes, by "
                    "year for zones of at least {smallest} homes. These counts carry random amounts of their own.",
                    large=large,
                    small=small,
                    smallest=ZONE0_HOMES,
                )
            ),
            html.P(
                _(
                    "The agreement names the agencies and ends on a day. They may use the counts for planning, "
                    "outreach and help. They may not pass them on, and not use them for tenant screening, enforcement, "
                    "lending or solicitation. The table of best guesses above counts their figures too, as if "
                    "everybody saw them."
                )
            ),
            html.P(_(_NEVER)),
        ]
    )
