"""The heat map: places, list, panel, shapes drawn on it, hot spots, concern against supply."""
