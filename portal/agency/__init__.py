"""The parts of an agency's page: what it is at a glance, its categories, its districts, whom to call."""
