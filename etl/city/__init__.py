"""The city folder: typed, validated declarations. Nothing about a city is in the code."""

from etl.city.city import City, Source
from etl.city.load import load_city

__all__ = ["City", "Source", "load_city"]
