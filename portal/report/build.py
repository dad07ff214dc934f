"""From a question to a report. The same releases give the same report, to the last byte of its files."""

from layers.release import Manifest
from portal.frame.parts import closing_sentence
from portal.language import _, language
from portal.report import center, corrections, glance, homes, reading, requests, supply, within
from portal.report.asked import Question, address, file_stem
from portal.report.model import Fact, Report
from portal.words.released import told
from portal.words.wording import day_text, month_text


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
    """One line for each topic: as of when, and the last period that is closed."""
    found = []
    for manifest in question.manifests:
        closed = closing_sentence(manifest) if manifest.protected else ""
        found.append(Fact(told(manifest.title), " ".join(filter(None, (_as_of(manifest), closed)))))
    return found


def _as_of(manifest: Manifest) -> str:
    return _("As of {day}.", day=day_text(manifest.as_of))
