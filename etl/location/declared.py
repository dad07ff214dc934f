"""The street file that a city declares."""

from etl.city import City
from etl.location.streets import Streets


def no_streets() -> None:
    """Of a city that declares none."""


def declared_streets(city: City) -> Streets | None:
    """Its streets, or None where it declares none. Raises DeclarationError that names what is wrong with the file."""
    if city.streets is None:
        return None
    from etl.location.streetfile import read_streets

    return read_streets(city.resolve(city.streets.path), city.streets)
