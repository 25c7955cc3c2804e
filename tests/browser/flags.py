"""How Chromium is started where nobody watches."""

# Without these Chromium, as root and without a network, talks to the outside all the time.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
