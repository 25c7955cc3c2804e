"""Doorbells: in process, and over a broker."""
