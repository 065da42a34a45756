# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError


class _Module:
    def fail_json(self, **result):
        self.result = result


def test_a_failure_holds_the_file_the_line_and_the_remedy():
    module = _Module()
    fail_with(module, EvidenceError("broken", "/etc/x", 3, "mend it."))
    assert module.result == {
        "msg": "/etc/x:3: broken. To mend it: mend it.",
        "file": "/etc/x",
        "line": 3,
        "remedy": "mend it.",
    }


def test_bytes_that_are_not_text_survive_json():
    value = printable({"k\udcff": ["\udcfe", ("a", 1, None, True)], "lone": "\ud800"})
    assert value == {"k\\xff": ["\\xfe", ["a", 1, None, True]], "lone": "\\ud800"}
    json.dumps(value).encode("ascii")
