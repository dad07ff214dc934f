"""The catalog for machines: DCAT-US at `/data.json`, and the JSON-LD of each data page."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from layers.release import FileInfo, Manifest
from portal.releases import Releases
from portal.serving.files import listed_files

_PERIOD = {"daily": "R/P1D", "weekly": "R/P1W", "monthly": "R/P1M", "quarterly": "R/P3M", "yearly": "R/P1Y"}
_LICENSES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
}
_TYPES = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


def catalog_routes(releases: Releases, base_url: str | None) -> list[Route]:
    """`/data.json`: every current release as a DCAT-US dataset."""

    def data_json(request: Request) -> Response:
        return JSONResponse(catalog(releases.as_given(), base_url or origin(request)))

    return [Route("/data.json", data_json)]


def origin(request: Request) -> str:
    """Scheme and host this request came to."""
    return f"{request.url.scheme}://{request.url.netloc}"


def catalog(releases: Releases, base: str) -> dict[str, Any]:
    """DCAT-US 1.1, which every harvester reads, with checksums as DCAT-US 3 writes them."""
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@id": f"{base}/data.json",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_dataset(each, base) for each in releases.manifests()],
    }


def _dataset(manifest: Manifest, base: str) -> dict[str, Any]:
    publisher = manifest.sources[0].publisher if manifest.sources else manifest.city.name
    return {
        "@type": "dcat:Dataset",
        "identifier": f"{base}/data/{manifest.topic}",
        "title": f"{manifest.title}, {manifest.city.name}",
        "description": f"{manifest.summary} {manifest.is_not} {' '.join(manifest.caveats)}",
        "keyword": [manifest.topic.replace("_", " "), manifest.city.name, "housing", "open data"],
        "modified": manifest.built_at.isoformat(),
        "issued": manifest.built_at.isoformat(),
        "publisher": {"@type": "org:Organization", "name": publisher},
        "contactPoint": _contact_point(manifest, base),
        "accessLevel": "public",
        "license": license_url(manifest.license),
        "rights": "Not for tenant screening, enforcement, lending or solicitation.",
        "temporal": f"{manifest.covers_from.isoformat()}/{manifest.covers_to.isoformat()}",
        "spatial": manifest.city.name,
        "accrualPeriodicity": _PERIOD.get(manifest.sources[0].cadence, "irregular")
        if manifest.sources
        else "irregular",
        "landingPage": f"{base}/data/{manifest.topic}",
        "language": list(manifest.city.languages),
        "distribution": [_distribution(manifest, each, base) for each in listed_files(manifest)],
    }


def _distribution(manifest: Manifest, file: FileInfo, base: str) -> dict[str, Any]:
    name = file.name.rsplit("/", 1)[-1]
    return {
        "@type": "dcat:Distribution",
        "title": file.title,
        "downloadURL": f"{base}/download/{manifest.topic}/{manifest.release}/{name}",
        "mediaType": "application/gzip"
        if name.endswith(".gz")
        else _TYPES.get(file.format, "application/octet-stream"),
        "format": file.format,
        "byteSize": file.bytes,
        "checksum": {"algorithm": "SHA256", "checksumValue": file.sha256},
        "describedBy": f"{base}/data/{manifest.topic}#dictionary",
    }


def license_url(name: str) -> str:
    """The address of a well-known license, else its name as declared."""
    return _LICENSES.get(name, name)


def json_ld(manifest: Manifest, base: str) -> str:
    """The schema.org description of a data page, as a script element's text."""
    found = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"{manifest.title}, {manifest.city.name}",
        "description": f"{manifest.summary} {manifest.is_not}",
        "url": f"{base}/data/{manifest.topic}",
        "license": license_url(manifest.license),
        "version": manifest.release,
        "dateModified": manifest.built_at.isoformat(),
        "temporalCoverage": f"{manifest.covers_from.isoformat()}/{manifest.covers_to.isoformat()}",
        "spatialCoverage": manifest.city.name,
        "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": source.publisher} for source in manifest.sources],
        "variableMeasured": [measure.title for measure in manifest.measures],
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{base}/download/{manifest.topic}/{manifest.release}/{each.name.rsplit('/', 1)[-1]}",
                "encodingFormat": _TYPES.get(each.format, "application/octet-stream"),
                "contentSize": str(each.bytes),
                "sha256": each.sha256,
            }
            for each in listed_files(manifest)
        ],
    }
    return json.dumps(found, separators=(",", ":")).replace("</", "<\\/")


def _contact_point(manifest: Manifest, base: str) -> dict[str, str]:
    """DCAT-US asks for an e-mail address; a city that declares none is reached by the page of the data."""
    contact = next((each for each in manifest.city.contacts if each.email), None)
    if contact is None:
        return {"@type": "vcard:Contact", "fn": manifest.city.name, "hasURL": f"{base}/data/{manifest.topic}"}
    return {"@type": "vcard:Contact", "fn": contact.title, "hasEmail": f"mailto:{contact.email}"}
