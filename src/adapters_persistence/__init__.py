"""Ledger, media store and vault."""
