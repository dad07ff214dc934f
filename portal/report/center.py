"""The part about the contact center, of the city as a whole: three months and the year before, channels, languages."""

from collections.abc import Sequence
from datetime import date

from layers.measures import Kind
from layers.period import Grain, add_months, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from layers.topics.contact_center import CENTER_MEASURES
from portal.center.beside import CHANNEL_COLUMNS, LANGUAGE_COLUMNS
from portal.center.figures import TOPIC, Reading, grain_for, over_of, reading_at
from portal.center.glance import PARTS, leading, said_of, targets_text
from portal.language import _
from portal.queries.change import RULE_SHARE
from portal.queries.figure import NOTHING
from portal.queries.offer import CITY, offer_of
from portal.queries.series import figure_at, series
from portal.queries.summary import category_figures
from portal.report.asked import Question
from portal.report.cells import figure, figures, heads, words
from portal.report.model import Cell, Column, Remark, Section, Table, Tone
from portal.words.figures import change_words
from portal.words.released import told
from portal.words.wording import period_text


def section(question: Question) -> Section | None:
    """None for a district, and where the releases tell nothing of the month."""
    release = question.pins.release(TOPIC)
    if release is None or not question.place.whole:
        return None
    found = [each for info in _measures(release) if (each := _reading(question, release, info)) is not None]
    if not any(each.found.now.shown for each in found):
        return None
    leads = [each for each in found if each.measure.name in CENTER_MEASURES]
    by_category = (
        _by_category(question, release, CHANNEL_COLUMNS, "contacts-by-channel", _("By channel"), _("Channel")),
        _by_category(question, release, LANGUAGE_COLUMNS, "contacts-by-language", _("By language"), _("Language")),
    )
    targets = targets_text(leads)
    return Section(
        key="center",
        title=told(release.manifest.title),
        lead=(told(release.manifest.summary), told(release.manifest.is_not)),
        points=(*(said_of(each).text for each in leading(leads)), *([targets] if targets else [])),
        tables=(_months(question, release, found), *(each for each in by_category if each is not None)),
        remarks=(
            Remark(_(RULE_SHARE), Tone.CAUTION),
            *(Remark(told(text), Tone.CAUTION) for text in release.manifest.caveats),
        ),
    )


def shares_self_service(question: Question) -> bool:
    """Whether the city's part tells which share people settled themselves in the month."""
    release = question.pins.release(TOPIC)
    info = release.manifest.measure("self_service_deflection") if release else None
    found = _reading(question, release, info) if release and info else None
    return found is not None and found.found.now.shown


def _measures(release: Release) -> list[MeasureInfo]:
    """The sixteen in the order of the page, each after what it divides by."""
    found: dict[str, MeasureInfo] = {}
    for name in (name for _title, names in PARTS for name in names):
        info = release.manifest.measure(name)
        over = over_of(release, info) if info else None
        found |= {each.name: each for each in (over, info) if each is not None}
    return list(found.values())


def _reading(question: Question, release: Release, info: MeasureInfo) -> Reading | None:
    """The measure in the month; of few events, in the twelve months that end with it."""
    grain = grain_for(info, Grain.MONTH)
    if grain not in offer_of(release).grains(info.name, CITY):
        return None
    return reading_at(release, info, grain, _start(question.month, grain))


def _start(month: date, grain: Grain) -> date:
    """First day of the period of that grain that ends with the month."""
    return add_months(month, -11) if grain is Grain.ROLLING_12M else month


def _months(question: Question, release: Release, found: Sequence[Reading]) -> Table:
    before = same_period_last_year(question.month, Grain.MONTH)
    shown = (*question.months, before)
    held = any(each.held for each in found)
    rows = [_row(release, each, shown, held) for each in found]
    return Table(
        key="center-by-month",
        caption=_("Three months, and {month} a year before", month=period_text(question.month, Grain.MONTH)),
        columns=(
            *heads(_("Measure"), _("Divided by")),
            *figures(period_text(each, Grain.MONTH) for each in shown),
            Column(_("Change in a year")),
            *heads(*([_("Target")] if held else [])),
        ),
        rows=tuple(rows),
        notes=(
            _("Each share and average divides by the figure that is named beside it and stands in a row of its own; "
              "longer periods are computed from sums, never from shares or averages of months."),
        ),
    )  # fmt: skip


def _row(release: Release, each: Reading, shown: Sequence[date], held: bool) -> tuple[Cell, ...]:
    info, grain = each.measure, each.found.grain
    rows = series(release, info.name, "all", CITY, CITY, grain)
    return (
        words(_titled(info, grain)),
        words(told(each.over.title) if each.over else "–"),
        *(figure(figure_at(rows, _start(month, grain)), info) for month in shown),
        words(change_words(each.found.change, info)),
        *([words(each.held.text if each.held else "–")] if held else []),
    )


def _titled(info: MeasureInfo, grain: Grain = Grain.MONTH) -> str:
    """The title with its unit, where the figure does not say it."""
    title = told(info.title)
    if grain is Grain.ROLLING_12M:
        return _("{measure}, in the 12 months to the end of the month", measure=title)
    if info.kind in (Kind.SHARE, Kind.COUNT):
        return title
    return _("{measure}, {unit}", measure=title, unit=told(info.unit))


def _by_category(
    question: Question, release: Release, names: Sequence[str], key: str, caption: str, head: str
) -> Table | None:
    """What is told by channel or by language, in the month."""
    offer = offer_of(release)
    infos = [
        info
        for name in names
        if (info := release.manifest.measure(name))
        and len(offer.categories(name, CITY)) > 1
        and Grain.MONTH in offer.grains(name, CITY)
    ]
    groups = [g for g in release.manifest.groups if any(g.key in offer.categories(i.name, CITY) for i in infos)]
    at = {
        info.name: category_figures(release, info.name, CITY, CITY, grain=Grain.MONTH, period=question.month)
        for info in infos
    }
    if not any(found.shown for known in at.values() for found in known.values()):
        return None
    listed = [("all", _("All together")), *((group.key, told(group.title)) for group in groups)]
    return Table(
        key=key,
        caption=_("{title}: {period}", title=caption, period=period_text(question.month, Grain.MONTH)),
        columns=(*heads(head), *figures(_titled(info) for info in infos)),
        rows=tuple(
            (words(title), *(figure(at[info.name].get(name, NOTHING), info) for info in infos))
            for name, title in listed
        ),
        notes=(_("What is counted of few contacts or answers is hidden."),),
    )
