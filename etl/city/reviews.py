"""What may be counted exactly: topics and groups that a person reviewed and found to concern no home."""

from collections.abc import Iterator, Mapping, Sequence

from etl.city.city import Source
from etl.city.cityfile import CityFile
from etl.city.models import ExactReview
from etl.city.problems import closest
from etl.errors import Problem
from layers.measures import Regime
from layers.topics import TOPICS, GroupKind, Topic, topic

OTHER = "other"
"""The group of place types that a release of service requests always has."""


def review_problems(file: str, declared: CityFile, sources: Sequence[Source]) -> Iterator[Problem]:
    """Exact figures that nobody reviewed, groups that nobody reviewed, and reviews of what is never exact."""
    exact = {each.name: each for each in TOPICS if _has(each, Regime.EXACT)}
    for name in declared.exact:
        if name not in exact:
            yield Problem(file, f"exact.{name}", f"`{name}` has no exact figures.", closest(name, exact))
    for name, about in exact.items():
        published = [s for s in sources if s.topic == name and s.publish]
        if all(s.regime == "source" for s in published):  # counted by an agency, or not published at all
            continue
        review = declared.exact.get(name)
        if review is None:
            yield _nobody(file, about)
        if not _has(about, Regime.MEASURED):
            if review is not None and review.categories:
                yield Problem(
                    file,
                    f"exact.{name}.categories",
                    f"no group of `{name}` concerns homes, so none is listed.",
                    "Leave `categories` out.",
                )
            continue
        yield from _two_kinds(published)
        if review is not None:
            yield from _unreviewed(file, name, review, place_types(published))
            yield from _never_exact(file, name, review, published)


def place_types(sources: Sequence[Source]) -> dict[str, str]:
    """The groups of these sources that are counted exactly, each with the id of a source that has it."""
    found = {g.key: s.id for s in sources for g in s.plain_groups() if g.kind is GroupKind.PLACE}
    return found | ({OTHER: sources[0].id} if sources and OTHER not in _kinds(sources) else {})


def _has(about: Topic, regime: Regime) -> bool:
    return any(measure.regime is regime for measure in about.measures)


def _nobody(file: str, about: Topic) -> Problem:
    needed = (
        "reviewed_by, reviewed_on and categories" if _has(about, Regime.MEASURED) else "reviewed_by and reviewed_on"
    )
    return Problem(
        file,
        f"exact.{about.name}",
        f"figures of `{about.name}` are exact, and nobody is named who reviewed that they concern no home.",
        f"Have them reviewed and add [exact.{about.name}] with {needed}.",
    )


def _unreviewed(file: str, name: str, review: ExactReview, exact: Mapping[str, str]) -> Iterator[Problem]:
    for group, source in exact.items():
        if group not in review.categories:
            yield Problem(
                file,
                f"exact.{name}.categories",
                f"the place type `{group}` of sources/{source}.toml would be counted exactly, and nobody reviewed it.",
                'Review it and add it to the list, or declare the group there with kind = "home".',
            )


def _never_exact(file: str, name: str, review: ExactReview, published: Sequence[Source]) -> Iterator[Problem]:
    exact = place_types(published)
    homes = {g.key for g in topic(name).groups if g.kind is not GroupKind.PLACE} | (set(_kinds(published)) - set(exact))
    for group in review.categories:
        if group in homes:
            yield Problem(
                file,
                f"exact.{name}.categories",
                f"`{group}` concerns homes and is never counted exactly.",
                "Take it off the list.",
            )
        elif group not in exact:
            yield Problem(file, f"exact.{name}.categories", f"`{group}` is no place type.", closest(group, exact))


def _two_kinds(published: Sequence[Source]) -> Iterator[Problem]:
    """One category is one kind: what one source counts exactly must not hold another's records about homes."""
    for group, kinds in _kinds(published).items():
        if len(kinds) > 1:
            last = max(s.id for s in published if group in (g.key for g in s.plain_groups()))
            yield Problem(
                f"sources/{last}.toml",
                f"groups.{group}.kind",
                f"the sources of a topic do not agree whether `{group}` is {' or '.join(sorted(kinds))}.",
                "Give the group the same kind everywhere, or another name here.",
            )


def _kinds(sources: Sequence[Source]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for source in sources:
        for group in source.plain_groups():
            found.setdefault(group.key, set()).add(str(group.kind))
    return found
