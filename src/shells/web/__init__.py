"""The web shell: HTTP in, use cases out."""
