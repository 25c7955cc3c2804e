"""What the core asks of the outside world, as protocols. Adapters satisfy them; they don't inherit."""
