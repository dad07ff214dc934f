"""Still maps of the whole demonstration city: every geography, every layer."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.releases import Releases
from tests.portal.picture_sizes import too_large


@pytest.mark.slow
def test_every_still_map_of_the_demonstration_city_is_small(city_store: Path) -> None:
    assert not too_large(Releases(city_store, lambda: datetime.now(UTC)).as_now())
