"""The part about affordable homes: what stands, by whom it is for. Stock is not vacancy."""

from layers.measures import rate_name
from layers.period import Grain
from layers.store.reader import Release
from portal.language import _
from portal.queries.figure import Figure
from portal.queries.offer import CITY, measure_of, offer_of
from portal.queries.series import figure_at, series
from portal.report.asked import Question
from portal.report.cells import figure, figures, words
from portal.report.model import Column, Remark, Section, Table, Tone
from portal.report.requests import at
from portal.words.released import told

TOPIC = "housing_supply"
MEASURES = ("developments", "units")


def section(question: Question) -> Section | None:
    """None where the releases have no stock of this place."""
    release = question.pins.release(TOPIC)
    if release is None or question.place.geography not in offer_of(release).geographies(MEASURES[-1]):
        return None
    year = question.month.replace(month=1)
    shown = [found for name in MEASURES if (found := measure_of(release.manifest, name)) is not None]
    keys = ["all", *(group.key for group in release.manifest.groups if group.key in shown[-1].categories)]
    here = [[at(release, question, each.name, Grain.YEAR, year, key) for each in shown] for key in keys]
    title = _("All kinds")
    rows = [
        (
            words(title if key == "all" else told(release.manifest.group_title(key))),
            *(figure(found, measure) for found, measure in zip(cells, shown, strict=True)),
        )
        for key, cells in zip(keys, here, strict=True)
    ]
    table = Table(
        key="affordable-homes",
        caption=_("Affordable homes in {year}, by whom they are for", year=str(year.year)),
        columns=(Column(_("For")), *figures(told(each.title) for each in shown)),
        rows=tuple(rows),
    )
    return Section(
        key="supply",
        title=told(release.manifest.title),
        lead=(told(release.manifest.summary),),
        tables=tuple(each for each in (table, _rates(question, release)) if each is not None),
        remarks=tuple(
            Remark(told(text), Tone.CAUTION)
            for text in dict.fromkeys((release.manifest.is_not, *release.manifest.caveats))
        ),
    )


def _rates(question: Question, release: Release) -> Table | None:
    """Units per 1,000 homes, here and in the city."""
    rate = measure_of(release.manifest, rate_name(MEASURES[-1]))
    if rate is None or rate.name not in offer_of(release).measures():
        return None
    year, place = question.month.replace(month=1), question.place
    where = [(place.name, place.geography, place.unit)]
    where += [] if place.whole else [(question.pins.city.name, CITY, CITY)]

    def rate_at(geography: str, unit: str) -> Figure:
        return figure_at(series(release, rate.name, "all", geography, unit, Grain.YEAR), year)

    return Table(
        key="affordable-homes-rate",
        caption=_("Beside the number of homes"),
        columns=(Column(_("Place")), *figures([told(rate.title)])),
        rows=tuple((words(name), figure(rate_at(geography, unit), rate)) for name, geography, unit in where),
        notes=tuple(told(each) for each in release.manifest.denominators),
    )
