# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders above a file, and above what a link leads to."""

from ansible_collections.auditops.trail.plugins.module_utils.posture import folders
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.tests.unit import roots


def test_the_folders_above_a_file_and_above_what_a_link_leads_to_are_told(tmp_path):
    roots.make(tmp_path, {"/srv/real/x": ""}, {"/etc/a/x": "../../srv/real/x"})
    seen = Seen(roots.context(tmp_path))
    assert folders.above(seen, ["/etc/a/x", "/opt/not/there"]) == [
        "/", "/etc", "/etc/a", "/opt", "/opt/not", "/srv", "/srv/real",
    ]  # fmt: skip
    assert folders.above(seen, []) == []
