"""Which addresses a request may reach: public unicast ones, and no other.

Layer: activities. The lists are the special-purpose registries of IANA (RFC 6890 and its successors), kept here and not
taken from ``ipaddress``, whose idea of "global" has changed between patch releases of Python. A form of IPv6 that
carries an IPv4 address is judged by that address.
"""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

_CLOSED_V4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers (CGNAT), and by some clouds
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, with the metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Of IPv6, only what is given out as global unicast is open, and not all of that.
_OPEN_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_CARRIES_V4: Final = (
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("64:ff9b::/96"),  # NAT64, how a network without IPv4 reaches the rest
)


def is_public(address: str) -> bool:
    """Whether ``address`` (a literal, as a resolver gives it) may be reached. What is no address may not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _is_open_v4(parsed) if isinstance(parsed, IPv4Address) else _is_open_v6(parsed)


def _is_open_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED_V4)


def _is_open_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if any(address in network for network in _CARRIES_V4):
        return _is_open_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)
