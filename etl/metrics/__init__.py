"""How the city's runs are doing, for Prometheus."""
