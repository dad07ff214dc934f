"""The reference in docs/ says what the models say."""

from pathlib import Path

import pytest

from etl.city.cityfile import CityFile
from etl.city.reference import CITY_TABLES, SOURCE_TABLES, reference_markdown
from layers.topics import TOPICS

REFERENCE = Path(__file__).parents[3] / "docs" / "city-folder.md"
REMEDY = "python -c \"from etl.city.reference import write_reference; write_reference('docs/city-folder.md')\""


@pytest.mark.docs
def test_the_reference_is_up_to_date() -> None:
    assert REFERENCE.read_text("utf-8") == reference_markdown(), f"write it anew: {REMEDY}"


def test_every_key_says_what_it_means() -> None:
    tables = [model for _, model in (*CITY_TABLES, *SOURCE_TABLES)] + [CityFile]
    silent = [
        f"{model.__name__}.{name}"
        for model in tables
        for name, info in model.model_fields.items()
        if not info.description
    ]
    assert silent == []


def test_every_topic_is_in_it() -> None:
    assert [topic.name for topic in TOPICS if f"### {topic.name}\n" not in reference_markdown()] == []
