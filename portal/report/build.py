"""From a question to a report. The same releases give the same report, to the last byte of its files."""

from layers.release import Manifest
from portal.frame.parts import closing_sentence
from portal.language import _, language
from portal.report import center, corrections, glance, homes, reading, requests, supply, within
from portal.report.asked import Question, address, file_stem
from portal.report.model import Fact, Report
from portal.words.released import inside, told
from portal.words.wording import day_text, list_text, month_text


def make_report(question: Question, *, base: str = "") -> Report:
    """The report in the language that is being written. `base`: the portal's own address, where it has one."""
    place, pins = question.place, question.pins
    parts = (
        glance.section(question),
        requests.section(question),
        homes.section(question, homes.EVICTIONS),
        homes.section(question, homes.SHUTOFFS),
        supply.section(question),
        center.section(question),
        within.section(question),
        corrections.section(question),
        reading.missing(question),
        reading.how_to_read(question),
        reading.sources(question),
    )
    return Report(
        file=file_stem(place, question.month, language()),
        language=language(),
        city=pins.city.name,
        place=place.name,
        title=_("{place}: report to the council, {month}", place=place.name, month=month_text(question.month)),
        subtitle=_("As of {day}", day=day_text(pins.as_of)),
        as_of=pins.as_of,
        address=base + address(place, question.month, pins=pins),
        facts=tuple(_facts(question)),
        sections=tuple(part for part in parts if part is not None),
    )


def _facts(question: Question) -> list[Fact]:
    """What a topic says that the line under the title does not: an earlier day, and the last period that is closed."""
    found: dict[str, list[str]] = {}
    for manifest in question.manifests:
        earlier = _as_of(manifest) if manifest.as_of != question.pins.as_of else ""
        closed = closing_sentence(manifest) if manifest.protected else ""
        if said := " ".join(filter(None, (earlier, closed))):
            titles = found.setdefault(said, [])
            titles.append(inside(manifest.title) if titles else told(manifest.title))
    return [Fact(list_text(titles), said) for said, titles in found.items()]


def _as_of(manifest: Manifest) -> str:
    return _("As of {day}.", day=day_text(manifest.as_of))
