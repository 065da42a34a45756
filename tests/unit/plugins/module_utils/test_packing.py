# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes in comes out, whatever bytes the names on a host hold."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import packing
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError


def test_names_that_are_no_utf8_arrive_as_they_were():
    data = {"path": "/tmp/\udcff", "other": ["é", 1, None, True]}
    packed = packing.pack(data)
    assert packed.isalnum() or set(packed) - set("+/=")
    packed.encode("ascii")
    assert packing.unpack(packed) == data


@pytest.mark.parametrize("text", ["", "no base64 at all", packing.pack([1])[:-6], "é"])
def test_what_was_not_packed_is_refused(text):
    with pytest.raises(EvidenceError, match="cannot be unpacked"):
        packing.unpack(text)
