# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large results as one text: what Ansible need not look into costs the controller nothing, and arrives as it was.

A name on a host is bytes, and those that are no UTF-8 are kept as surrogates;
ansible-core refuses them in a result since 2.19. In JSON they are escapes.
"""

import base64
import json
import zlib
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError


def pack(data: Any) -> str:
    """Plain data as ASCII text."""
    return base64.b64encode(zlib.compress(json.dumps(data).encode("ascii"), 6)).decode("ascii")


def unpack(text: str) -> Any:
    """What :func:`pack` packed.

    Raises:
        EvidenceError: it is something else, or was cut off.
    """
    try:
        return json.loads(zlib.decompress(base64.b64decode(text.encode("ascii"))).decode("ascii"))
    except (ValueError, zlib.error) as exc:
        raise EvidenceError(
            "the host's answer cannot be unpacked: {0}".format(exc),
            remedy="run it again, with one version of the collection throughout.",
        ) from None
