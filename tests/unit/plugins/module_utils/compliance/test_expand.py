# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import expand
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit import postures

DIALECT = Dialect((3, 0, 9), users=(), groups=())


def demanded(line, missing_path="skip", **paths):
    state = PathState.from_dict(postures.path_state(**paths))
    found = expand([line], missing_path, DIALECT, state, ["b64", "b32"])
    for one in found.demanded:
        assert one.rule.origin.text == one.text
    return [one.text for one in found.demanded]


@pytest.mark.parametrize("missing_path", ["skip", "require"])
def test_a_program_that_is_beside_usr_is_demanded_there(missing_path):
    found = demanded(
        "-w /usr/sbin/auditctl -p x", missing_path, files=["/sbin/auditctl"], missing=["/usr/sbin/auditctl"]
    )
    assert found == ["-w /sbin/auditctl -p x"]


def test_what_is_in_both_places_is_demanded_in_both():
    found = demanded("-w /usr/lib64 -p wa", folders=["/lib64", "/usr/lib64"])
    assert found == ["-w /usr/lib64 -p wa", "-w /lib64 -p wa"]


def test_on_a_merged_host_nothing_is_demanded_twice():
    assert demanded("-w /usr/bin/su -p x", files=["/usr/bin/su"], links=[("/bin", "usr/bin")]) == [
        "-w /usr/bin/su -p x"
    ]


def test_a_program_that_is_nowhere_is_left_out_or_demanded_by_its_first_name():
    assert demanded("-w /usr/bin/su -p x", missing=["/usr/bin/su", "/bin/su"]) == []
    assert demanded("-w /usr/bin/su -p x", "require", missing=["/usr/bin/su", "/bin/su"]) == ["-w /usr/bin/su -p x"]
