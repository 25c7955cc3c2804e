"""What crosses the edge as JSON."""
