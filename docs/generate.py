"""Writes the generated parts of docs/ anew: `make docs`. tests/house/test_docs.py says when they are out of date."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from etl.city.reference import reference_markdown  # noqa: E402
from layers.measures import Measure, Regime  # noqa: E402
from layers.topics import TOPICS, Topic  # noqa: E402

REGIMES = {
    Regime.MEASURED: "measured: protected by noise, homes counted once",
    Regime.EXACT: "exact: concerns no home",
    Regime.SOURCE: "source: already counted by the agency",
}

TOPICS_INTRODUCTION = """# Topics and measures

*Written by `make docs` from `layers/topics/`; a test compares the two.*

A topic is a family of records. A measure is what is counted or computed of it. Fields and groups that a source may fill
are in [the city folder](city-folder.md); the words are in [the glossary](glossary.md).
"""


def topics_markdown() -> str:
    """docs/topics.md: every topic with its measures and caveats."""
    return "\n".join([TOPICS_INTRODUCTION, *(line for topic in TOPICS for line in _topic(topic))])


def _topic(topic: Topic) -> Iterator[str]:
    yield f"## {topic.name}\n"
    yield f"**{topic.title}.** {topic.summary} {topic.is_not}\n"
    yield "| measure | title | unit | regime | meaning |\n| --- | --- | --- | --- | --- |"
    yield from map(_measure, topic.measures)
    yield ""
    if topic.exact_because:
        yield f"Why figures are exact: {topic.exact_because}\n"
    yield from (f"- {caveat}" for caveat in topic.caveats)
    yield ""


def _measure(measure: Measure) -> str:
    return (
        f"| `{measure.name}` | {measure.title} | {measure.unit} | {REGIMES[measure.regime]} | "
        f"{measure.help}{_rate(measure)} |"
    )


def _rate(measure: Measure) -> str:
    return f" Also as `{measure.name}_per_1000`, per 1,000 `{measure.denominator}`." if measure.denominator else ""


GENERATED: dict[str, Callable[[], str]] = {
    "city-folder.md": reference_markdown,
    "topics.md": topics_markdown,
}
"""File in docs/ → what it must say."""


if __name__ == "__main__":
    for name, text in GENERATED.items():
        (DOCS / name).write_text(text(), encoding="utf-8")
        print(f"docs/{name}")
