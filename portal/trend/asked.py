"""What an address of the trends page asks for: one place, one measure, over time."""

from dataclasses import dataclass, replace

from layers.measures import Regime
from layers.period import Grain
from layers.release import Event
from portal.queries.choice import Choice, choose
from portal.queries.names import name_of, names_of
from portal.queries.offer import CELLS, CITY
from portal.queries.series import series
from portal.releases import Releases
from portal.statistics.baseline import Baseline
from portal.view import View

MOST_COMPARED = 4
_PLACES = ("neighborhood", "district", "zip", "tract")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about one place over time."""

    choice: Choice
    unit: str
    name: str
    others: tuple[str, ...]
    baseline: Baseline

    @property
    def events(self) -> tuple[Event, ...]:
        """The city's events that concern the topic."""
        topic = self.choice.release.topic
        return tuple(each for each in self.choice.manifest.city.events if not each.topics or topic in each.topics)

    @property
    def table(self) -> tuple[str, str, Grain]:
        """Measure, category and grain of its series."""
        return self.choice.measure.name, self.choice.category, self.choice.grain


def ask(releases: Releases, view: View) -> Asked | None:
    """The question, put right where the release has no answer to it; None where nothing is published."""
    choice = choose(releases, replace(view, geography=_wished(view)))
    if choice is None:
        return None
    if choice.geography.name != _wished(view):
        choice = _with_areas(releases, view, choice)
    if choice.geography.name in CELLS and not _is_cell(choice, view.unit):
        return ask(releases, replace(view, geography=CITY, unit=None))
    places = places_of(choice)
    unit = view.unit if view.unit in places else next(iter(places), view.unit or CITY)
    others = tuple(each for each in (view.compare or "").split(",") if each in places and each != unit)
    name = name_of(choice.release, choice.geography.name, unit)
    asked = Asked(_in_windows(choice, view), unit, name, others[:MOST_COMPARED], Baseline())
    return replace(asked, baseline=Baseline.read(view.baseline, [event.start for event in asked.events]))


def has_windows(choice: Choice) -> bool:
    """Whether weeks of the measure may be added up to windows of four."""
    measure = choice.measure
    weekly = Grain.WEEK in choice.offer.grains(measure.name, choice.geography.name, choice.category)
    return weekly and measure.extensive and measure.regime is Regime.EXACT


def _in_windows(choice: Choice, view: View) -> Choice:
    """The same question by windows of four weeks, where that is asked for."""
    windows = Grain.ROLLING_4W
    if view.grain != windows.value or not has_windows(choice):
        return choice
    return replace(choice, grain=windows, view=replace(choice.view, grain=windows.value))


def _is_cell(choice: Choice, unit: str | None) -> bool:
    """Whether the release has figures of this cell. A cell has no list to choose from: it comes from the map."""
    asked = choice.measure.name, choice.category, choice.geography.name
    return unit is not None and series(choice.release, *asked, unit, choice.grain).height > 0


def _wished(view: View) -> str:
    """Areas, unless the address names a place of another kind; the city where it asks for nothing."""
    return view.geography or CITY


def _with_areas(releases: Releases, view: View, choice: Choice) -> Choice:
    offered = choice.offer.geographies(choice.measure.name)
    for geography in (CITY, *_PLACES):
        if geography in offered:
            return choose(releases, view, geography=geography) or choice
    return choice


def places_of(choice: Choice) -> dict[str, str]:
    """Id and name of every place that can be chosen."""
    return names_of(choice.release, choice.geography.name)
