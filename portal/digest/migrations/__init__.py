"""Steps that bring the subscriptions' database to its present shape."""
