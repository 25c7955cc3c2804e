"""Who is calling: session cookies, their tokens, and proof that a write was meant."""
