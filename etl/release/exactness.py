"""What a release says of its exact figures: why they are exact, who reviewed that, and which groups it holds for."""

from collections.abc import Sequence

from etl.city import City
from etl.errors import WouldDisclose
from etl.release.words import Word
from layers.measures import Regime
from layers.protection import Exactness
from layers.topics import GroupKind, Topic


def exactness_of(city: City, topic: Topic, words: Sequence[Word]) -> Exactness:
    """The review of a topic whose `words` are its categories. Raises WouldDisclose where one was not reviewed."""
    review = city.exact.get(topic.name)
    mixed = any(measure.regime is Regime.MEASURED for measure in topic.measures)
    exact = tuple(word.key for word in words if word.kind is GroupKind.PLACE) if mixed else ()
    if review is None or not set(exact) <= set(review.categories):
        # a city that was read from its folder was checked; this is the door itself
        raise WouldDisclose(
            f"Nobody reviewed that exact figures of {topic.name} concern no home.",
            f"Add [exact.{topic.name}] to city.toml; docs/city-folder.md says how.",
        )
    return Exactness(
        reason=review.reason or topic.exact_because,
        reviewed_by=review.reviewed_by,
        reviewed_on=review.reviewed_on,
        categories=exact,
    )
