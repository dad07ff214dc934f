"""The explaining parts of a data page: privacy rule, places, measures, dictionary."""

from dash import html
from dash.development.base_component import Component

from layers.measures import STATUS_MEANING, Kind, Regime, Status
from layers.period import Grain
from layers.protection import Protection
from layers.release import GeographyInfo, Manifest, MeasureInfo
from portal.dictionary import COLUMN_ROWS
from portal.parts import icon, status_word, table
from portal.wording import day_text, list_text

_REGIME = {
    Regime.EXACT: "exact: as counted, without noise",
    Regime.MEASURED: "measured: protected with a small random amount, added once",
    Regime.SOURCE: "as counted by the source",
    Regime.APPORTIONED: "estimated: the source counted other areas, spread over these by homes",
}


def counted_elsewhere(manifest: Manifest) -> bool:
    """Whether every figure was counted by its source, or estimated from such figures."""
    return all(measure.regime in (Regime.SOURCE, Regime.APPORTIONED) for measure in manifest.measures)


def privacy(manifest: Manifest) -> Component:
    """The rule that protects the topic, or why it needs none."""
    head = html.H2("Privacy rule", id="privacy")
    if manifest.protection is None:
        counted = (
            "These figures were counted by their source, which sent sums by area and no record."
            if counted_elsewhere(manifest)
            else "These figures are exact: they are about places, developments or public addresses, never about a "
            "home’s trouble."
        )
        never = " No name, no address of a record and no single record is in any file."
        return html.Section([head, html.P(counted + never)])
    rule = manifest.protection
    return html.Section(
        [
            head,
            None if manifest.protected else html.P(_EXACT_PART),
            *_rule(rule),
        ]
    )


def why_exact(manifest: Manifest) -> Component | None:
    """Why figures are exact, and who found that none of them concerns a home; None where nothing is exact."""
    review = manifest.exactness
    if review is None:
        return None
    types = [manifest.group_title(key) for key in review.categories]
    return html.Section(
        [
            html.H2("Why these figures are exact", id="exact"),
            html.P(review.reason),
            html.P(f"Reviewed by {review.reviewed_by} on {day_text(review.reviewed_on)}."),
            html.P(f"Counted exactly, and reviewed as being about places: {list_text(types)}.") if types else None,
        ]
    )


def _rule(rule: Protection) -> list[Component]:
    if rule.rho is None or rule.epsilon is None:
        return _exact_mode(rule)
    return _measured(rule, rule.rho, rule.epsilon)


def _exact_mode(rule: Protection) -> list[Component]:
    return [
        html.P(
            f"We count homes, not people. The owner of these records chose exact counts. A count below {rule.floor} is "
            "hidden, and so is a further one where it would give a hidden one away. Someone who knows most of the "
            "records can learn about the rest: the protection is weaker than that of measured figures."
        )
    ]


def _measured(rule: Protection, rho: float, epsilon: float) -> list[Component]:
    return [
        html.P(
            f"We count homes, not people. Before anything leaves our system a small random amount is added, once. "
            f"Figures below {rule.floor} are not shown. Zones hold at least {rule.zone1_homes} homes by year and "
            f"{rule.zone2_homes} by quarter; months are published for neighborhoods, districts and the city. "
            "Low and high give the range in which the true figure lies with 90 % confidence."
        ),
        html.P(
            [
                f"For each home and calendar year: ρ = {rho:g}, ",
                f"which is ε = {epsilon:.1f} at δ = {rule.delta:f}. ",
                html.A("What that means in plain terms", href="/privacy"),
                ".",
            ]
        ),
    ]


_EXACT_PART = (
    "What concerns a place and no home, such as a pothole, is counted exactly. What concerns a home is protected, "
    "and the two are never added:"
)


def geographies(manifest: Manifest) -> Component:
    """Places, in which grains, from where, and why some are not offered."""
    rows: list[list[object]] = [
        [each.plural, _offered(each), each.source or "–", _validity(each), _shapes(each)]
        for each in manifest.geographies
    ]
    return html.Section(
        [
            html.H2("Places and boundaries", id="boundaries"),
            table(
                ["Places", "Offered by", "Boundaries from", "Valid", "Shapes"],
                rows,
                caption="Geographies of this topic, and why some are not offered",
            ),
        ]
    )


def _offered(geography: GeographyInfo) -> str:
    if geography.why_not:
        return geography.why_not
    return list_text([_GRAIN_WORD[grain] for grain in Grain if grain in geography.grains]) or "–"


_GRAIN_WORD = {
    Grain.DAY: "day",
    Grain.WEEK: "week",
    Grain.MONTH: "month",
    Grain.QUARTER: "quarter",
    Grain.YEAR: "year",
    Grain.ROLLING_12M: "rolling 12 months",
}


def _validity(geography: GeographyInfo) -> str:
    if geography.valid_from is None:
        return "–"
    until = f"to {day_text(geography.valid_to)}" if geography.valid_to else "on"
    return f"from {day_text(geography.valid_from)} {until}"


def _shapes(geography: GeographyInfo) -> Component | str:
    if not geography.shapes or geography.why_not:
        return "–"
    return html.A("GeoJSON", href=f"/geo/{geography.name}.{geography.vintage}.geojson")


def measures(manifest: Manifest) -> Component:
    """Measures and categories in words."""
    rows: list[list[object]] = [
        [
            [each.title, html.Span(each.name, className="quiet mono block")],
            each.unit,
            _REGIME[each.regime],
            [each.help, _denominator(each)],
        ]
        for each in manifest.measures
    ]
    return html.Section(
        [
            html.H2("Measures and categories", id="measures"),
            table(["Measure", "Unit", "How it is made", "Meaning"], rows, caption="What is counted or computed"),
            *[html.P(sentence) for sentence in manifest.denominators],
            _categories(manifest),
        ]
    )


def _denominator(measure: MeasureInfo) -> str:
    return (
        " Rates are rows of their own, per 1,000 homes." if measure.denominator and measure.kind is Kind.COUNT else ""
    )


def _categories(manifest: Manifest) -> Component | None:
    if not manifest.groups:
        return None
    rows: list[list[object]] = [[group.title, html.Code(group.key), group.help or "–"] for group in manifest.groups]
    return table(["Category", "In the files", "Meaning"], rows, caption="Categories in plain language")


def dictionary() -> Component:
    """Columns and statuses."""
    rows: list[list[object]] = [[html.Code(name), kind, meaning] for name, kind, meaning in COLUMN_ROWS]
    statuses: list[list[object]] = [[status_word(each), html.Code(each.value), STATUS_MEANING[each]] for each in Status]
    return html.Section(
        [
            html.H2("Dictionary", id="dictionary"),
            html.P(
                "Every place, period and category has a row, whether or not anything happened there. An empty value is "
                "never a zero: the column status says why it is empty."
            ),
            table(["Column", "Type", "Meaning"], rows, caption="Columns of every table"),
            table(["On screen", "In the files", "Meaning"], statuses, caption="The five statuses"),
            html.P(
                html.A([icon("download"), "This dictionary as CSV"], href="/download/dictionary.csv", className="get"),
                className="gets",
            ),
        ]
    )
