"""Figures, dates and sentences as people read them."""
