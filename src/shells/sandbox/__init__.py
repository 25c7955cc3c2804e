"""Imitation Facebook, TikTok and LinkedIn, written from their documentation alone.

Nothing here imports the product's core or adapters, so a mistake made there is not repeated here.
"""
