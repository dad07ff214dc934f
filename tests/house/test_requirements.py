"""The pins: everything declared is pinned, everything installed is what is pinned, and no line holds an address."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return {canonical(found[1]): found[2] for line in lines if (found := PIN.fullmatch(line))}


def names(needs: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", need) for need in needs)
    return {canonical(match[0]) for match in found if match}


@pytest.mark.parametrize("name", ["runtime", "test"])
def test_a_lock_holds_names_and_versions_only(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    allowed = re.compile(rf"#.*|-r runtime\.txt|{PIN.pattern}")
    assert [line for line in lines if not allowed.fullmatch(line)] == []


def test_everything_declared_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [need for group in project["optional-dependencies"].values() for need in group]
    assert names(project["dependencies"]) - set(pins("runtime")) == set()
    assert names(extras) - set(pins("runtime")) - set(pins("test")) == set()


def test_these_tests_run_on_the_pinned_versions() -> None:
    other = {}
    for name, pinned in {**pins("runtime"), **pins("test")}.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "nothing"
        if installed != pinned:
            other[name] = f"{installed} instead of {pinned}"
    assert other == {}
