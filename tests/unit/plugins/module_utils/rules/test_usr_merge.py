# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules import usr_merge
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit import postures


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/usr/sbin/auditctl", "/sbin/auditctl"),
        ("/usr/lib64", "/lib64"),
        ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"),
        ("/usr/libexec/x", None),
        ("/usr/local/bin/x", None),
        ("/usr/share/x", None),
        ("/sbin/auditctl", None),
    ],
)
def test_what_was_once_beside_usr(path, other):
    assert usr_merge.unmerged(path) == other


def test_a_name_that_lies_beside_usr_is_found_there():
    state = PathState.from_dict(postures.path_state(files=["/sbin/auditctl"], missing=["/usr/sbin/auditctl"]))
    assert usr_merge.elsewhere("/usr/sbin/auditctl", state) == "/sbin/auditctl"
    assert usr_merge.elsewhere("/usr/sbin/ausearch", state) is None


def test_a_link_to_usr_is_no_other_place():
    state = PathState.from_dict(postures.path_state(files=["/usr/sbin/auditctl"], links=[("/sbin", "usr/sbin")]))
    assert usr_merge.elsewhere("/usr/sbin/auditctl", state) is None


def test_only_below_directories_that_stand_apart_is_looked():
    merged = PathState.from_dict(postures.path_state(links=[(top, "usr" + top) for top in usr_merge.TOPS]))
    assert usr_merge.to_look_at(["/usr/sbin/auditctl", "/etc/passwd"], merged) == []
    apart = PathState.from_dict(
        postures.path_state(folders=["/sbin"], missing=[x for x in usr_merge.TOPS if x != "/sbin"])
    )
    assert usr_merge.to_look_at(["/usr/sbin/auditctl", "/usr/bin/su"], apart) == ["/sbin/auditctl"]
