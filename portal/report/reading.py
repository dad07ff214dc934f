"""The last parts: what the report does not hold, how to read it, and which releases it was made from."""

from layers.measures import STATUS_MEANING, Status
from layers.topics import topic as topic_named
from portal.language import N_, _
from portal.queries.change import rules
from portal.queries.offer import is_protected
from portal.report import center
from portal.report.asked import Question
from portal.report.cells import heads, words
from portal.report.model import Section, Table
from portal.report.requests import TOPIC as REQUESTS
from portal.report.requests import published
from portal.words.released import told
from portal.words.wording import day_text, status_text

WANTED = {
    "days_to_close_mean": N_(
        "Average days to close: the releases publish the median and the 90th percentile, which a few very long cases "
        "do not move."
    ),
    "self_service_share": N_("Share of requests made without help (web, app): not published by this city."),
    "closed_on_time_share": N_("Share closed on time: not published by this city."),
}
"""What council reports often hold, with the words where a city's releases do not."""


def missing(question: Question) -> Section | None:
    """What a reader may look for in vain, in words: not the same as none."""
    release = question.pins.release(REQUESTS)
    there = {each.name for each in published(release, question, tuple(WANTED))} if release else set()
    wanted = WANTED | ({"self_service_share": _elsewhere(question)} if center.shares_self_service(question) else {})
    points = [_(text) for name, text in wanted.items() if release is not None and name not in there]
    if release is not None and not release.manifest.agencies:
        points.append(_("Responsible agency of each category: the releases do not name it."))
    points += [
        _("{topic}: not published by this city.", topic=told(topic_named(name).title))
        for name in question.topics
        if question.pins.release(name) is None
    ]
    return Section("missing", _("Not in this report"), points=tuple(points)) if points else None


def _elsewhere(question: Question) -> str:
    """Where the share that people settled without help stands, if not with the requests."""
    return _OF_CENTER if question.place.whole else _IN_CITY_REPORT


_OF_CENTER = N_(
    "Share of requests made without help (web, app): not told with the requests. The part on the contact center says "
    "which share of all contacts and self-service people settled themselves."
)
_IN_CITY_REPORT = N_(
    "Share of requests made without help (web, app): not told by place. The report of the whole city says which share "
    "of all contacts and self-service people settled themselves."
)


def how_to_read(question: Question) -> Section:
    """The five words, the rules for change, the denominators."""
    rows = tuple((words(status_text(each)), words(_(STATUS_MEANING[each]))) for each in Status)
    protected = any(is_protected(measure) for manifest in question.manifests for measure in manifest.measures)
    listed = [_(each) for each in rules(protected=protected)]
    if protected:
        listed.append(
            _("A figure such as 312 ± 24 is protected: a small random amount was added once, so that nobody can be "
              "found in it. The true figure lies within the margin with 90 % confidence.")
        )  # fmt: skip
    denominators = dict.fromkeys(told(each) for manifest in question.manifests for each in manifest.denominators)
    table = Table("words", _("Words that stand where a number would"), heads(_("Word"), _("Meaning")), rows)
    return Section("reading", _("How to read these figures"), points=(*listed, *denominators), tables=(table,))


def sources(question: Question) -> Section:
    """The frozen releases, their sources and licenses."""
    rows = tuple(
        (
            words(told(manifest.title)),
            words(manifest.release),
            words(day_text(manifest.as_of)),
            words("; ".join(f"{each.title}, {each.publisher}" for each in manifest.sources)),
            words(manifest.license),
        )
        for manifest in question.manifests
    )
    table = Table(
        "releases",
        _("Frozen releases that every figure of this report comes from"),
        heads(_("Topic"), _("Release"), _("As of"), _("Source"), _("License")),
        rows,
    )
    notes = tuple(dict.fromkeys(told(note) for manifest in question.manifests for note in manifest.notes))
    lead = _("A release never changes. Made again from the same releases, this report is the same to the last digit.")
    return Section("releases", _("Where these figures come from"), lead=(lead,), points=notes, tables=(table,))
