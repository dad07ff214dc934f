"""What a feed of counts counts where it does not say."""

from layers.measures import Kind, Regime
from layers.topics import Topic


def main_measure(topic: Topic) -> str:
    """The topic's first count: protected where it has a protected one, for that is what a source counts."""
    counts = [m for m in topic.measures if m.kind is Kind.COUNT]
    measured = [m.name for m in counts if m.regime is Regime.MEASURED]
    return measured[0] if measured else counts[0].name
