"""A seeded simulator: the real use cases on virtual time, under every fault that we know of, judged at every step."""
