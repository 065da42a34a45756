# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that read other files end, whatever they read."""

from ansible_collections.auditops.trail.plugins.module_utils.posture.includes import Includes
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.tests.unit import roots


def test_a_file_is_entered_again_once_it_was_left(tmp_path):
    seen = Seen(roots.context(tmp_path))
    chain = Includes(seen, 16)
    assert chain.enter("/a") and not chain.enter("/a")
    chain.leave()
    assert chain.enter("/a")
    assert seen.not_seen == ["/a: it includes itself"]


def test_no_deeper_than_the_program_itself_goes(tmp_path):
    seen = Seen(roots.context(tmp_path))
    chain = Includes(seen, 2)
    assert [chain.enter(name) for name in ("/a", "/b", "/c", "/d")] == [True, True, True, False]
    assert seen.not_seen == ["/d: it lies in more than 2 files that include one another"]
