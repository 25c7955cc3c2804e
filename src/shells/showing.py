"""A worker's port for operators, where the settings want one."""

from contextlib import AbstractAsyncContextManager, nullcontext

from shells.wiring import Product


def shown(product: Product) -> AbstractAsyncContextManager[int | None]:
    """Metrics and health while the block runs; yields the port, or None. Raises OSError when no port is free."""
    if not product.settings.metrics_port:
        return nullcontext()
    # Brings a web server along, which a worker that shows nothing need not load.
    from shells.web.operator_port import operator_port

    return operator_port(product)
