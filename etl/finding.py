"""What a run has at hand to place the addresses of one source: streets, the postal libraries, an outside service."""

from etl.city import Source
from etl.context import Context
from etl.fetch.connector import Request
from etl.location.cache import AddressCache
from etl.location.finder import Finder
from etl.location.geocoder import FACTS as ANSWERS
from etl.location.geocoder import BatchGeocoder, geocoder_cache, made_by
from etl.location.postal import FACTS, Postal, parser_version, postal_cache
from etl.records import GEOCODED


def finder_for(context: Context, source: Source) -> Finder:
    """The finder of a source. Raises DeclarationError where the street file is not as declared."""
    if "address" not in source.fields:
        return Finder()
    private, key = context.folders.private, context.folders.key("locate")
    cache = AddressCache(postal_cache(private), FACTS, parser_version(), context.as_of)
    return Finder(
        streets=context.places.streets,
        postal=Postal(key, cache),
        geocoder=_geocoder(context, source, key),
        hundreds=source.location.hundred_blocks,
    )


def _geocoder(context: Context, source: Source, key: bytes) -> BatchGeocoder | None:
    declared = context.city.geocoder
    if declared is None or source.topic not in declared.topics or GEOCODED not in source.location.accept:
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
