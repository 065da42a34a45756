# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard input and output, carried to a port of the loopback device: one guest reaches another, by QEMU's guestfwd.

Run by its path, once for each connection: relay.py PORT
"""

from __future__ import annotations

import os
import selectors
import socket
import sys

_MOST = 65536


def carry(inside: int, outside: int, port: int) -> None:
    """Until one side ends.

    Args:
        inside: The descriptor that is read, of the side that asked for the connection.
        outside: The descriptor that is written to; the same one, where it is a socket.
        port: Where the other side listens.

    Raises:
        OSError: nobody listens there, or a side broke off.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=30) as other, selectors.DefaultSelector() as ready:
        other.settimeout(None)
        ready.register(inside, selectors.EVENT_READ)
        ready.register(other, selectors.EVENT_READ)
        while True:
            for key, _events in ready.select():
                if key.fileobj is other:
                    data = other.recv(_MOST)
                    _write(outside, data)
                else:
                    data = os.read(inside, _MOST)
                    other.sendall(data)
                if not data:
                    return


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    try:
        carry(0, 1, int(sys.argv[1]))
    except OSError:
        sys.exit(1)  # the guest sees a connection that ends
