"""What a run has at hand to place the addresses of one source: streets, the postal libraries, an outside service."""

from dataclasses import replace

from etl.city import Source
from etl.context import Context
from etl.fetch.connector import Request
from etl.folders import Folders
from etl.location.cache import LOCATE, AddressCache
from etl.location.finder import Finder
from etl.location.geocoder import FACTS as ANSWERS
from etl.location.geocoder import BatchGeocoder, geocoder_cache, made_by
from etl.location.postal import FACTS, Postal, parser_version, postal_cache
from etl.location.streets import Streets
from etl.records import GEOCODED


def finder_for(context: Context, source: Source) -> Finder:
    """The finder of a source. Raises DeclarationError where the street file is not as declared."""
    if "address" not in source.fields:
        return Finder()
    found = finder_of(context.folders, source, context.places.streets, address_cache(context))
    return replace(found, geocoder=_geocoder(context, source, context.folders.key(LOCATE)))


def finder_of(folders: Folders, source: Source, streets: Streets | None, cache: AddressCache) -> Finder:
    """The finder of a source, without an outside service."""
    if "address" not in source.fields:
        return Finder()
    postal = Postal(folders.key(LOCATE), cache)
    return Finder(streets=streets, postal=postal, hundreds=source.location.hundred_blocks)


def address_cache(context: Context) -> AddressCache:
    """What was read of addresses, in this run and before."""
    return AddressCache(postal_cache(context.folders.private), FACTS, parser_version(), context.as_of)


def asks_outside(context: Context, source: Source) -> bool:
    """Whether an outside service is asked for addresses: by one process alone."""
    declared = context.city.geocoder
    return declared is not None and source.topic in declared.topics and GEOCODED in source.location.accept


def _geocoder(context: Context, source: Source, key: bytes) -> BatchGeocoder | None:
    declared = context.city.geocoder
    if declared is None or not asks_outside(context, source):
        return None
    private = context.folders.private
    return BatchGeocoder(
        declared,
        Request(context.city.folder, private / "scratch", environ=context.environ),
        AddressCache(geocoder_cache(private), ANSWERS, made_by(declared, context.as_of.year), context.as_of),
        key,
        context.places.reference.bounds,
        told=lambda sentence: context.progress.step(source.topic, "geocode", failed=sentence),
    )
