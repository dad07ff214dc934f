"""The synthetic city: feeds generated from a seed, in the shapes that cities really send."""

from etl.demo.write import DemoCity, write_demo_city

__all__ = ["DemoCity", "write_demo_city"]
