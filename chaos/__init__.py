"""The chaos run: real processes, real HTTP, and everything that can break breaking. `make chaos` runs it."""
