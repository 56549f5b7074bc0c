"""Which network addresses may be asked for what a catalogue names: a file from outside must not lead inside."""

import ipaddress
from collections.abc import Callable

Allowed = Callable[[str], bool]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: not this machine, not its network, not a cloud's inside."""
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (found if mapped is None else mapped).is_global and not found.is_multicast


def is_any(address: str) -> bool:
    """Every address, for those who download from their own network."""
    return True
