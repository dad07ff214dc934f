"""Where things are in a city: address points, areas, zones, homes by area."""
