"""The parts of a district's page: what it is at a glance, its categories, courts, homes and neighborhoods."""
