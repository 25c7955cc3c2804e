"""Which addresses on the internet are everybody's to call."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Behind these an IPv4 address is spelled in IPv6, and translated on the way to wherever it leads.
_TRANSLATED = tuple(ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
# Set aside since, or long ago, without the standard library knowing: documentation, site-local, the relays of 6to4.
_SET_ASIDE = tuple(ip_network(text) for text in ("3fff::/20", "fec0::/10", "192.88.99.0/24"))


def is_public(text: str) -> bool:
    """Whether an address literal is anybody's to call: no private, loopback, link-local, metadata, carrier's, multicast,
    reserved or documentation range, in whichever spelling of IPv6."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif any(address in network for network in _TRANSLATED):
            return False
    if any(address in network for network in _SET_ASIDE if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
