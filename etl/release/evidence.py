"""What a manifest shows of private inputs: a keyed hash per source that follows the calendar, never the records.

The hash of a feed changes with any of its records, so publishing it would tell that something about some home changed,
also where no figure does. Of feeds about homes only the inputs of what was measured are named: fixed when each period
was measured, they stay the same until another period closes.
"""

import hashlib

from etl.city import Source
from etl.context import Context
from etl.protect.ledger import Ledger
from layers.measures import Regime
from layers.topics import Topic


def published_seals(
    context: Context, topic: Topic, sources: tuple[tuple[Source, str], ...]
) -> tuple[tuple[Source, str], ...]:
    """Each source with what the manifest may show of it: the keyed hash of what it sent, where nothing of it concerns
    a home; else that of what its topic was measured from, or nothing where it was not measured."""
    if not (topic.protected or any(measure.regime is Regime.MEASURED for measure in topic.measures)):
        return sources
    measured = Ledger(context.state.engine, context.clock).evidence(topic.name, context.tier)
    return tuple((source, _sealed(context, source, measured)) for source, _ in sources)


def _sealed(context: Context, source: Source, measured: tuple[str, ...]) -> str:
    if not measured:
        return ""
    named = "\n".join((source.id, *measured))
    return context.folders.seal(hashlib.sha256(named.encode()).hexdigest())
