"""HEAD tells what GET would send, truthfully, and makes nothing for it."""

from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from portal.releases import Releases
from portal.report import press
from portal.serving import files, viewfiles
from portal.still import pack, routes

ASKED = "?topic=evictions&geography=district"
MADE = [
    "/download/view.csv?topic=evictions",
    f"/download/view.geojson{ASKED}",
    "/download/evictions/{release}/evictions.csv",
    f"/still/map.png{ASKED}",
    "/still/district/1.png?topic=evictions",
    f"/still/pack.zip{ASKED}",
    "/report.pdf",
    "/district/1/report.xlsx",
]


@pytest.mark.parametrize("address", MADE)
def test_nothing_is_made_for_its_heads(
    client: TestClient, releases: Releases, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def never(*_given: object, **_named: object) -> NoReturn:
        raise AssertionError("made for HEAD")

    for module, name in [
        (viewfiles, "view_rows"), (viewfiles, "geojson_parts"), (files, "_unpack"), (routes, "png_of"),
        (pack, "png_of"), (routes, "meeting_pack"), (press.Press, "file"),
    ]:  # fmt: skip
        monkeypatch.setattr(module, name, never)
    path = address.format(release=releases.current["evictions"])
    answer = client.head(path, headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert "filename=" in answer.headers["content-disposition"]
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("packs", ["gzip", "identity"])
@pytest.mark.parametrize(
    "address",
    [
        "/download/view.csv?topic=evictions&grain=year",
        f"/download/view.geojson{ASKED}&grain=year",
        f"/download/hotspots.csv{ASKED}",
        f"/download/sum.csv{ASKED}&chosen=1,2",
        "/download/evictions/{release}/counts.parquet",
        "/download/evictions/{release}/evictions.csv.gz",
        "/download/evictions/{release}/evictions.csv",
        "/download/evictions/{release}/certificate.json",
        "/download/dictionary.csv",
        "/geo/{shapes}",
        "/data.json",
        "/places.json",
        "/feed.atom",
        f"/still/map.svg{ASKED}",
        "/methods",
        "/nowhere",
        "/still/map.png?topic=evictions&geography=city",
        "/download/view.geojson?topic=evictions",
        "/district/99/report.pdf",
    ],
)
def test_heads_say_what_a_reader_would_get(client: TestClient, releases: Releases, packs: str, address: str) -> None:
    """
    | head                            | to HEAD                         |
    |---------------------------------|---------------------------------|
    | status, type, name of the file  | as to GET                       |
    | length                          | as to GET, or not told          |
    """
    manifest = releases.required("evictions").manifest
    district = manifest.geography("district")
    assert district is not None
    path = address.format(release=manifest.release, shapes=f"district.{district.vintage}.geojson")
    got, heads = (ask(path, headers={"accept-encoding": packs}) for ask in (client.get, client.head))
    assert heads.status_code == got.status_code
    assert heads.content == b""
    for name in ("content-type", "content-disposition", "cache-control"):
        assert heads.headers.get(name) == got.headers.get(name)
    assert heads.headers.get("content-length") in (None, got.headers.get("content-length"))
