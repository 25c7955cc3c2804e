"""Servers of this machine for demos, tests and chaos: each with a folder and ports of its own, gone with who started it."""
