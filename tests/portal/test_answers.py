"""Headers, logs, operations, catalog, and a new release that is seen without a restart."""

import json
import logging
import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.serving.middleware import MOST_BODY_BYTES, content_policy
from portal.settings import PortalSettings


def test_pages_allow_this_host_only(client: TestClient) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in script
    assert "'unsafe-eval'" not in script
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


def test_scripts_come_from_this_host_and_none_stands_in_a_page(client: TestClient) -> None:
    assert "script-src 'self';" in content_policy()
    inline = re.findall(r"<script(?![^>]* src=)[^>]*>", client.get("/trends").text)
    assert [each for each in inline if 'type="application/json"' not in each] == []


def test_assets_are_named_by_content_and_kept(client: TestClient) -> None:
    page = client.get("/").text
    for name in ("frame.css", "portal.js", "icons/hearth.svg"):
        address = page[page.index(f"/assets/{name}?v=") :].split('"')[0]
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_pages_are_compressed(client: TestClient) -> None:
    assert client.get("/methods").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/methods", headers={"accept-encoding": "identity"}).headers


def test_the_log_holds_neither_query_nor_unknown_path(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="portal"):
        client.get("/map?unit=CANARY-1")
        client.get("/CANARY-2")
        client.get("/data/CANARY-3")
        client.get("/download/view.csv?topic=CANARY-4")
    assert caplog.text.count("GET") == 4
    assert "CANARY" not in caplog.text


def test_a_long_body_is_refused(client: TestClient) -> None:
    answer = client.post("/_dash-update-component", content=b"x" * (MOST_BODY_BYTES + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    ["", "no json CANARY", "[]", "null", "7", "[" * 100_000, '{"output": "CANARY.children", "inputs": []}', "{}"],
    ids=["nothing", "words", "a list", "null", "a number", "nested", "another output", "no output"],
)
def test_a_broken_callback_request_tells_nothing(client: TestClient, body: str) -> None:
    answer = client.post("/_dash-update-component", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "CANARY" not in answer.text
    assert "Traceback" not in answer.text


def test_a_question_under_other_names_is_not_answered(client: TestClient) -> None:
    """The map of shutoffs asked under the name of that of evictions would be kept, and shown to who asks for that.

    | asked                                        | answer |
    |----------------------------------------------|--------|
    | as the page asks                             | 200    |
    | address and what is drawn change their names | 400    |
    | the address twice                            | 400    |
    | for other outputs, or for them in a list     | 400    |
    | with numbers where texts are                 | 400    |
    """
    known = next(each for each in client.get("/_dash-dependencies").json() if "map-figure" in each["output"])
    outputs = [
        dict(zip(("id", "property"), part.split("."), strict=True)) for part in known["output"][2:-2].split("...")
    ]
    (search,) = ({**each, "value": "?topic=shutoffs"} for each in known["inputs"])
    state = [{**each, "value": "/map" if each["property"] == "pathname" else None} for each in known["state"]]
    as_asked = {"output": known["output"], "outputs": outputs, "inputs": [search], "state": state}
    swapped = [{**each, "value": "?topic=evictions"} for each in known["inputs"]]
    wrong = [
        {"inputs": [{**state[1], "value": "?topic=shutoffs"}], "state": [state[0], *swapped]},
        {"inputs": [search, *swapped]},
        {"state": [*state, *swapped]},
        {"outputs": [*outputs[1:], outputs[0]]},
        {"outputs": outputs[:1]},
        {"outputs": outputs[0]},
        {"inputs": [{**search, "value": 7}]},
        {"inputs": [{**search, "value": ["?topic=shutoffs", ""]}]},
        {"state": [state[0], {**state[1], "value": [[1], [2]]}]},
        {"inputs": {}},
        {"inputs": [7]},
    ]

    def status(body: dict[str, object]) -> int:
        return client.post("/_dash-update-component", json={**body, "changedPropIds": []}).status_code

    assert [status(as_asked | each) for each in wrong] == [400] * len(wrong)
    assert status(as_asked) == 200


def test_operations(client: TestClient, bare_client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").json()["ready"] is True
    assert bare_client.get("/healthz").status_code == 200
    assert bare_client.get("/readyz").status_code == 503
    assert 'hearthmap_topic_late{topic="shutoffs"} 1' in client.get("/metrics").text
    client.get("/CANARY")
    metrics = client.get("/metrics").text
    assert 'hearthmap_requests_total{path="(unknown)",status="404"}' in metrics
    assert "CANARY" not in metrics


def test_the_catalog_has_what_harvesters_require(client: TestClient) -> None:
    catalog = client.get("/data.json").json()
    required = (
        "title", "description", "keyword", "modified", "publisher", "contactPoint", "identifier", "accessLevel",
        "license", "temporal", "spatial", "accrualPeriodicity", "distribution",
    )  # fmt: skip
    assert catalog["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
    assert len(catalog["dataset"]) == 5
    for dataset in catalog["dataset"]:
        assert not [name for name in required if not dataset.get(name)]
        assert dataset["contactPoint"]["hasEmail"] == "mailto:211@east.example"
        assert all(each["byteSize"] > 0 for each in dataset["distribution"])


def test_a_data_page_describes_itself_to_search_engines(client: TestClient) -> None:
    page = client.get("/data/evictions").text
    script = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    found = json.loads(script)
    assert found["@type"] == "Dataset"
    assert all(each["sha256"] for each in found["distribution"])


def test_a_new_pointer_is_seen_at_the_next_request(made_store: Path, tmp_path: Path) -> None:
    """Roll back to a store without shutoffs and forward again, under a running portal."""
    store = tmp_path / "public"
    shutil.copytree(made_store, store)
    pointer = store / "current.json"
    whole = pointer.read_bytes()
    fewer = {topic: release for topic, release in json.loads(whole).items() if topic != "shutoffs"}
    with TestClient(create_app(PortalSettings(store=store))) as client:
        assert client.get("/data/shutoffs").status_code == 200
        _swap(pointer, json.dumps(fewer).encode())
        assert client.get("/data/shutoffs").status_code == 404
        assert "Utility shutoffs" not in client.get("/data").text.split("Not published by this city")[0]
        _swap(pointer, whole)
        assert client.get("/data/shutoffs").status_code == 200


def _swap(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def test_dash_serves_its_own_parts_and_no_page(client: TestClient) -> None:
    assert client.get("/_dash-layout").status_code == 200
    assert client.get("/_dash-dependencies").status_code == 200
    assert client.get("/_dash-nothing").status_code == 404
    assert client.get("/_dash-component-suites/nothing/x.js").status_code == 404
    assert client.get("/_dash-component-suites/dash/nothing.js").status_code == 404


def test_a_link_pinned_to_an_earlier_release_says_so(made_store: Path, tmp_path: Path) -> None:
    """
    | as_of            | the page says                        |
    |------------------|--------------------------------------|
    | the current one  | nothing                              |
    | an earlier one   | which, and where the newest is       |
    | not there        | that these are the newest figures    |
    """
    store = tmp_path / "public"
    shutil.copytree(made_store, store)
    pointer = json.loads((store / "current.json").read_bytes())
    current = pointer["evictions"]
    folder = store / "releases" / "evictions"
    shutil.copytree(folder / current, folder / "2026-10-15-000000000000")
    manifest = folder / "2026-10-15-000000000000" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(current, "2026-10-15-000000000000"), "utf-8")
    with TestClient(create_app(PortalSettings(store=store))) as client:
        said = {
            as_of: client.get(f"/trends?topic=evictions&as_of={as_of}").text
            for as_of in (current, "2026-10-15-000000000000", "2020-01-01-000000000000")
        }
    assert "earlier release" not in said[current]
    assert 'href="/trends?topic=evictions">See the newest figures' in said["2026-10-15-000000000000"]
    assert "is not here" in said["2020-01-01-000000000000"]
