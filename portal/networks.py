"""Who counts as one sender."""

from ipaddress import ip_address, ip_network

# A household's or office's share of IPv6: whoever has one address of it has them all.
IPV6_PREFIX = 64


def network(address: str) -> str:
    """What is counted as one sender: an IPv4 address, or a /64 of IPv6; other text as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    if parsed.version == 6:
        return str(ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)
