"""What can be used is documented, what is documented exists, and links lead somewhere."""

import importlib.util
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from etl.city.connectors import CONNECTORS
from etl.cli import parsed
from etl.errors import EXPLANATIONS, FAILURES, REJECT_REASONS
from layers.topics import TOPICS
from portal import settings as portal_settings

pytestmark = pytest.mark.docs

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PROSE = (*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def first_cells(name: str) -> set[str]:
    """First column of every table of a page, without backquotes."""
    return {line.split("|")[1].strip().strip("`") for line in text(name).splitlines() if re.match(r"\| (?!---)", line)}


def help_of(*arguments: str) -> str:
    """What `python -m etl … --help` prints."""
    said = io.StringIO()
    with redirect_stdout(said), pytest.raises(SystemExit):
        parsed([*arguments, "--help"])
    return said.getvalue()


def commands() -> list[str]:
    """The subcommands that `python -m etl --help` lists."""
    return re.findall(r"^    ([a-z]+) {2,}\S", help_of(), re.M)


def helps() -> dict[str, str]:
    """What each program says of its options."""
    portal = [sys.executable, "-m", "portal"]
    asked = ([*portal, "--help"], [*portal, "render", "--help"], [*portal, "digest", "--help"])
    said = [subprocess.run(each, cwd=ROOT, capture_output=True, text=True, check=True).stdout for each in asked]
    return {"etl": help_of() + "".join(help_of(name) for name in commands()), "portal": "".join(said)}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generator", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_exit_code_is_documented_and_no_other() -> None:
    documented = {cell for cell in first_cells("commands.md") if cell.isdigit()}
    assert documented == {"0", *(str(failure.exit_code) for failure in FAILURES)}


def test_every_reject_reason_is_documented() -> None:
    assert {reason.code for reason in REJECT_REASONS} <= first_cells("commands.md")


def test_every_documented_code_can_be_explained() -> None:
    known = {entry.code for entry in EXPLANATIONS}
    assert {cell for cell in first_cells("commands.md") if cell.isdigit() or "_" in cell} <= known


def test_every_command_is_documented_and_no_other() -> None:
    assert set(re.findall(r"^\| `python -m etl ([a-z]+)", text("commands.md"), re.M)) == set(commands())


@pytest.mark.parametrize("command", ["etl", "portal"])
def test_every_option_of_the_documentation_exists(command: str) -> None:
    lines = [line for line in text("commands.md").splitlines() if f"python -m {command}" in line]
    assert {option for line in lines for option in re.findall(r"--[a-z-]+", line)} <= set(
        re.findall(r"--[a-z-]+", helps()[command])
    )


def test_every_topic_and_measure_is_documented() -> None:
    assert [topic.name for topic in TOPICS if f"## {topic.name}\n" not in text("topics.md")] == []
    assert {measure.name for topic in TOPICS for measure in topic.measures} <= first_cells("topics.md")


def test_every_kind_of_feed_is_documented() -> None:
    kinds = [get_args(connector.model_fields["kind"].annotation)[0] for connector in CONNECTORS]
    assert [kind for kind in kinds if f'kind = "{kind}"' not in text("city-folder.md")] == []


def test_every_page_is_documented_and_no_other() -> None:
    from portal.pages import PAGES

    pages = {cell for cell in first_cells("portal.md") if cell.startswith("/")}
    addresses = {cell for cell in pages if re.search(r"[A-Z]|\.json|\.atom|\.csv|,", cell)}
    assert pages - addresses == {page.path for page in PAGES}


def test_every_setting_is_documented() -> None:
    options = {"--" + name.replace("_", "-") for name in portal_settings.PortalSettings.model_fields}
    assert options == {cell for cell in first_cells("settings.md") if cell.startswith("--")}
    variables = {value for name, value in vars(portal_settings).items() if name.endswith("_VARIABLE")}
    assert [variable for variable in variables if f"`{variable}`" not in text("settings.md")] == []


def test_generated_pages_are_up_to_date(generator: ModuleType) -> None:
    outdated = [name for name, make in generator.GENERATED.items() if text(name) != make()]
    assert outdated == [], "run make docs"


def links() -> Iterator[tuple[str, str]]:
    for page in PROSE:
        for target in LINK.findall(page.read_text("utf-8")):
            yield str(page.relative_to(ROOT)), target


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_links_lead_somewhere(page: str, target: str) -> None:
    assert not target.startswith(("/", "file:")), "a link inside the repository starts at its page"
    if "://" not in target and not target.startswith(("#", "mailto:")):
        assert ((ROOT / page).parent / target.partition("#")[0]).exists()


def test_every_page_of_the_documentation_can_be_reached_from_the_readme() -> None:
    linked = {str(((ROOT / page).parent / target.partition("#")[0]).resolve()) for page, target in links()}
    assert [str(page.relative_to(ROOT)) for page in PROSE if page.name != "README.md" and str(page) not in linked] == []


def test_make_targets_of_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {name for page in PROSE for name in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))}
    assert named <= targets
