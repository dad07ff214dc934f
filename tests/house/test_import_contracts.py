"""Who may import whom: the packages keep every contract, and each contract fails when it is broken.

Each line of BREAKS adds one import to a copy of the packages:

| contract                                              | where the offending import goes | what it imports         |
|-------------------------------------------------------|---------------------------------|-------------------------|
| layers-is-the-vocabulary                              | layers/offender.py              | etl, portal             |
| etl-without-portal                                    | etl/offender.py                 | portal                  |
| ...                                                   | ...                             | ...                     |
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("layers", "etl", "portal")
CONTRACTS: dict[str, str] = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
BREAKS = (
    ("layers-is-the-vocabulary", "layers/offender.py", "import etl"),
    ("layers-is-the-vocabulary", "layers/topics/offender.py", "import portal"),
    ("etl-without-portal", "etl/offender.py", "from portal import settings"),
    ("portal-without-etl", "portal/offender.py", "import etl.errors"),
    ("portal-cannot-publish", "portal/offender.py", "from layers.store import publisher"),
    ("portal-cannot-publish", "layers/store/reader.py", "import layers.store.publisher"),
    ("h3-in-grid", "etl/steps/count.py", "import polars_h3"),
    ("h3-in-grid", "layers/zones.py", "from h3 import latlng_to_cell"),
    ("shapes-in-areas", "etl/steps/count.py", "import shapely.geometry"),
    ("shapes-in-areas", "portal/offender.py", "import geopandas"),
    ("shapes-in-areas", "etl/location/streets.py", "import shapely"),
    ("clock-in-schedule", "etl/pipeline.py", "from apscheduler.schedulers.blocking import BlockingScheduler"),
    ("cluster-in-engine", "etl/pipeline.py", "from distributed import Client"),
    ("cluster-in-engine", "portal/offender.py", "import dask"),
    ("pages-in-console", "etl/commands/report.py", "from dash import html"),
    ("steps-are-independent", "etl/steps/count.py", "import etl.steps.locate"),
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages' Python files and the contracts, free to be spoiled."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_python)
    return tmp_path


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()} | {"__pycache__"}


def broken_contracts(folder: Path) -> set[str]:
    """Names of the contracts that import-linter finds broken in a folder."""
    linter = [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"]
    environ = os.environ | {"PYTHONPATH": str(folder)}
    ran = subprocess.run(linter, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    found = {name for name in CONTRACTS.values() if f"{name} BROKEN" in " ".join(ran.stdout.split())}
    assert (ran.returncode != 0) == bool(found), ran.stdout + ran.stderr
    return found


def test_the_packages_keep_every_contract(copy: Path) -> None:
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize(("contract", "file", "offence"), BREAKS)
def test_each_contract_fails_when_broken(copy: Path, contract: str, file: str, offence: str) -> None:
    with (copy / file).open("a") as module:
        module.write(f"\n{offence}\n")
    assert CONTRACTS[contract] in broken_contracts(copy)


def test_every_contract_has_its_break() -> None:
    assert {contract for contract, _, _ in BREAKS} == set(CONTRACTS)
