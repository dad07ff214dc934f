"""Importing does nothing, and only the programs' ends touch the environment."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("layers", "etl", "portal")
ENDS = ("__main__.py", "asgi.py")
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}

WATCHED_EVENTS = (
    "open",
    "socket.connect",
    "socket.bind",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.putenv",
    "subprocess.Popen",
)
WATCHED_IMPORT = """
import importlib, json, sys, pydantic
pydantic.create_model("Warm")  # the first model of a process looks for pydantic's plugins
root, names, events = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
sys.path.insert(0, root)
done = []

def by_our_module(frame):
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_filename.startswith(root) and "site-packages" not in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False

def watch(event, arguments):
    if event in events and by_our_module(sys._getframe(1)):
        done.append(f"{importing}: {event} {arguments[0]}")

sys.addaudithook(watch)
for importing in names:
    importlib.import_module(importing)
print(json.dumps(done))
"""


def modules() -> Iterator[Path]:
    """Every Python file of the three packages."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def environment_uses(source: str) -> list[int]:
    """Lines that read or write the environment through os."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv" | "putenv"):
                lines.append(node.lineno)
            case ast.ImportFrom(module="os", names=names) if {"environ", "getenv"} & {name.name for name in names}:
                lines.append(node.lineno)
    return lines


def test_only_the_ends_touch_the_environment() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        if path.name not in ENDS
        for line in environment_uses(path.read_text())
    }
    assert found == set()


@pytest.mark.parametrize(
    "offence",
    ["import os\nos.environ['X']", "import os\nos.getenv('X')", "from os import environ", "import os\nf(os.environ)"],
)
def test_the_environment_is_noticed(offence: str) -> None:
    assert environment_uses(offence)


def effects_of_importing(root: Path, names: list[str]) -> list[str]:
    """What the modules' own code did to files, network or environment while they were imported."""
    command = [sys.executable, "-c", WATCHED_IMPORT, str(root), json.dumps(names), json.dumps(WATCHED_EVENTS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout.splitlines()[-1]))


def test_importing_does_nothing() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in modules()
        if path.name != "__main__.py"
    ]
    assert effects_of_importing(ROOT, names) == []


@pytest.mark.parametrize(
    "offence",
    ["open(__file__)", "__import__('pathlib').Path(__file__).read_text()", "__import__('os').putenv('A', 'b')"],
)
def test_an_effect_at_import_is_noticed(tmp_path: Path, offence: str) -> None:
    (tmp_path / "offender.py").write_text(offence)
    (tmp_path / "importer.py").write_text("import offender")
    assert len(effects_of_importing(tmp_path, ["importer"])) == 1


def test_names_say_what_a_module_is_about() -> None:
    assert [str(path) for path in modules() if path.stem in NO_NAMES] == []
