"""Totals of days, weeks or months that an agency's own systems made: from feed to rows of a release."""
