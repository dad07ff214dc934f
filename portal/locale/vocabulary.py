"""The words of the vocabulary (`layers`) that pages show: they come with the releases, in English."""

from collections.abc import Iterator

from layers.measures import STATUS_MEANING
from layers.topics import TOPICS, Topic


def vocabulary() -> Iterator[str]:
    """Titles and sentences of topics, groups, measures and statuses. Rates and estimates: `portal.words.released`."""
    yield from STATUS_MEANING.values()
    for topic in TOPICS:
        yield from (text for text in _of_topic(topic) if text)


def _of_topic(topic: Topic) -> Iterator[str]:
    yield from (topic.title, topic.summary, topic.is_not, topic.exact_because, *topic.caveats)
    yield from (text for group in topic.groups for text in (group.title, group.help))
    for measure in topic.measures:
        yield from (measure.title, measure.unit, measure.help)
