"""What more than one Spark step needs."""
