"""The agency whose record is sealed, and the areas of its city."""

import pytest

from tests.etl.vault.nights import Agency, areas_of, row
from tests.etl.vault.sealed import CANARY, SEALED, Areas


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> Areas:
    return tuple(areas_of(tmp_path_factory.mktemp("areas")))


@pytest.fixture
def agency() -> Agency:
    agency = Agency()
    agency.put(*(row(f"R{n}") for n in range(8)), row(SEALED, Lat=CANARY, kind="heat"), late=10)
    return agency
