"""The explaining parts of a data page: privacy rule, places, measures, dictionary."""

from dash.development.base_component import Component

from layers.measures import STATUS_MEANING, Kind, Regime, Status
from layers.period import Grain
from layers.protection import Protection
from layers.release import GeographyInfo, Manifest, MeasureInfo
from portal.agency.words import agency_link, agency_words
from portal.frame.elements import html
from portal.frame.parts import icon, status_word, table
from portal.language import N_, _, link, number, woven
from portal.serving.dictionary import COLUMN_ROWS
from portal.words.released import told
from portal.words.wording import day_text, grain_text, list_text, validity_text

_REGIME = {
    Regime.EXACT: N_("exact: as counted, without noise"),
    Regime.MEASURED: N_("measured: protected with a small random amount, added once"),
    Regime.SOURCE: N_("as counted by the source"),
    Regime.APPORTIONED: N_("estimated: the source counted other areas, spread over these by homes"),
}


def counted_elsewhere(manifest: Manifest) -> bool:
    """Whether every figure was counted by its source, or estimated from such figures."""
    return all(measure.regime in (Regime.SOURCE, Regime.APPORTIONED) for measure in manifest.measures)


def privacy(manifest: Manifest) -> Component:
    """The rule that protects the topic, or why it needs none."""
    head = html.H2(_("Privacy rule"), id="privacy")
    if manifest.protection is None:
        counted = (
            _("These figures were counted by their source, which sent sums by area and no record.")
            if counted_elsewhere(manifest)
            else _(
                "These figures are exact: they are about places, developments or public addresses, never about a "
                "home’s trouble."
            )
        )
        never = _("No name, no address of a record and no single record is in any file.")
        return html.Section([head, html.P(f"{counted} {never}")])
    rule = manifest.protection
    return html.Section(
        [
            head,
            None if manifest.protected else html.P(_(_EXACT_PART)),
            *_rule(rule),
        ]
    )


def why_exact(manifest: Manifest) -> Component | None:
    """Why figures are exact, and who found that none of them concerns a home; None where nothing is exact."""
    review = manifest.exactness
    if review is None:
        return None
    types = [told(manifest.group_title(key)) for key in review.categories]
    return html.Section(
        [
            html.H2(_("Why these figures are exact"), id="exact"),
            html.P(told(review.reason)),
            html.P(
                _(
                    "Reviewed by {person} on {day}.",
                    person=review.reviewed_by,
                    day=day_text(review.reviewed_on),
                )
            ),
            html.P(_("Counted exactly, and reviewed as being about places: {types}.", types=list_text(types)))
            if types
            else None,
        ]
    )


def _rule(rule: Protection) -> list[Component]:
    if rule.rho is None or rule.epsilon is None:
        return _exact_mode(rule)
    return _measured(rule, rule.rho, rule.epsilon)


def _exact_mode(rule: Protection) -> list[Component]:
    return [
        html.P(
            _(
                "We count homes, not people. The owner of these records chose exact counts. A count below {floor} is "
                "hidden, and so is a further one where it would give a hidden one away. Someone who knows most of the "
                "records can learn about the rest: the protection is weaker than that of measured figures.",
                floor=rule.floor,
            )
        )
    ]


def _measured(rule: Protection, rho: float, epsilon: float) -> list[Component]:
    return [
        html.P(
            _(
                "We count homes, not people. Before anything leaves our system a small random amount is added, once. "
                "Figures below {floor} are not shown. Zones hold at least {small} homes by year and "
                "{large} by quarter; months are published for neighborhoods, districts and the city. "
                "Low and high give the range in which the true figure lies with 90 % confidence.",
                floor=rule.floor,
                small=rule.zone1_homes,
                large=rule.zone2_homes,
            )
        ),
        html.P(
            woven(
                "For each home and calendar year: ρ = {rho}, which is ε = {epsilon} at δ = {delta}. {meaning}.",
                rho=f"{rho:g}",
                epsilon=number(epsilon, 1),
                delta=f"{rule.delta:f}",
                meaning=html.A(_("What that means in plain terms"), href=link("/privacy")),
            )
        ),
    ]


_EXACT_PART = N_(
    "What concerns a place and no home, such as a pothole, is counted exactly. What concerns a home is protected, "
    "and the two are never added:"
)


def geographies(manifest: Manifest) -> Component:
    """Places, in which grains, from where, and why some are not offered."""
    rows: list[list[object]] = [
        [
            told(each.plural),
            _offered(each),
            told(each.source or "–"),
            validity_text(each.valid_from, each.valid_to),
            _shapes(each),
        ]
        for each in manifest.geographies
    ]
    return html.Section(
        [
            html.H2(_("Places and boundaries"), id="boundaries"),
            table(
                [_("Places"), _("Offered by"), _("Boundaries from"), _("Valid"), _("Shapes")],
                rows,
                caption=_("Geographies of this topic, and why some are not offered"),
                stacks=True,
            ),
        ]
    )


def _offered(geography: GeographyInfo) -> str:
    if geography.why_not:
        return told(geography.why_not)
    return list_text([grain_text(grain) for grain in Grain if grain in geography.grains]) or "–"


def _shapes(geography: GeographyInfo) -> Component | str:
    if not geography.shapes or geography.why_not:
        return "–"
    return html.A("GeoJSON", href=f"/geo/{geography.name}.{geography.vintage}.geojson")


def measures(manifest: Manifest) -> Component:
    """Measures and categories in words."""
    rows: list[list[object]] = [
        [
            [told(each.title), html.Span(each.name, className="quiet mono block")],
            told(each.unit),
            _(_REGIME[each.regime]),
            " ".join([told(each.help), *_denominator(each)]),
        ]
        for each in manifest.measures
    ]
    return html.Section(
        [
            html.H2(_("Measures and categories"), id="measures"),
            table(
                [_("Measure"), _("Unit"), _("How it is made"), _("Meaning")],
                rows,
                caption=_("What is counted or computed"),
                stacks=True,
            ),
            *[html.P(told(sentence)) for sentence in manifest.denominators],
            _categories(manifest),
        ]
    )


def _denominator(measure: MeasureInfo) -> list[str]:
    rated = measure.denominator and measure.kind is Kind.COUNT
    return [_("Rates are rows of their own, per 1,000 homes.")] if rated else []


def _categories(manifest: Manifest) -> Component | None:
    if not manifest.groups:
        return None
    rows: list[list[object]] = [
        [told(group.title), html.Code(group.key), told(group.help) or "–"] for group in manifest.groups
    ]
    heads = [_("Category"), _("In the files"), _("Meaning")]
    if manifest.agencies:
        heads.append(_("Agency"))
        for row, group in zip(rows, manifest.groups, strict=True):
            row.append(agency_words(manifest, group.key))
    return html.Div([table(heads, rows, caption=_("Categories in plain language"), stacks=True), _agencies(manifest)])


def _agencies(manifest: Manifest) -> Component | None:
    """Who has rows of their own, and of what."""
    with_rows = [each for each in manifest.agencies if each.groups]
    if not with_rows:
        return None
    rows: list[list[object]] = [
        [agency_link(each), html.Code(each.category), "; ".join(told(manifest.group_title(g)) for g in each.groups)]
        for each in with_rows
    ]
    caption = _(
        "Agencies: rows about all that one answers for, computed from its requests; never add them to categories"
    )
    return table([_("Agency"), _("In the files"), _("Categories")], rows, caption=caption, stacks=True)


def dictionary() -> Component:
    """Columns and statuses."""
    rows: list[list[object]] = [[html.Code(name), _(kind), _(meaning)] for name, kind, meaning in COLUMN_ROWS]
    statuses: list[list[object]] = [
        [status_word(each), html.Code(each.value), _(STATUS_MEANING[each])] for each in Status
    ]
    return html.Section(
        [
            html.H2(_("Dictionary"), id="dictionary"),
            html.P(
                _(
                    "Every place, period and category has a row, whether or not anything happened there. An empty "
                    "value is never a zero: the column status says why it is empty."
                )
            ),
            table([_("Column"), _("Type"), _("Meaning")], rows, caption=_("Columns of every table"), stacks=True),
            table(
                [_("On screen"), _("In the files"), _("Meaning")], statuses, caption=_("The five statuses"), stacks=True
            ),
            html.P(
                html.A(
                    [icon("download"), _("This dictionary as CSV")], href="/download/dictionary.csv", className="get"
                ),
                className="gets",
            ),
        ]
    )
