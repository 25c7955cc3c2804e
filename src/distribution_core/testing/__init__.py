"""In-memory ports and contract suites. They ship, so that an adapter's author can prove an adapter."""
