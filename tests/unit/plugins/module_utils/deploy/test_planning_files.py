# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as a plan meets them: how their lines end, and what has the name of one and is none."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import test_planning
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.test_planning import planned, text

folder = test_planning.folder


@pytest.mark.parametrize("version", [(3, 0, 9), (3, 1, 5)])
def test_a_text_with_the_line_ends_of_windows_is_written_without_its_carriage_returns(folder, version):
    found = planned(
        folder,
        ("20-a.rules", "-w /etc/passwd -p wa -k one\r\n\r\n-w /etc/group -p wa -k two\r"),
        ("30-b.rules", "-w /etc/passwd -p wa -k more\r\n"),
        version=version,
    )
    assert [rule.keys for rule in found.open.load.loaded] == [("one", "more"), ("two",)]
    assert text(found, "20-a.rules") == "-w /etc/passwd -p wa -k one -k more\n\n-w /etc/group -p wa -k two\n"


def test_rules_of_others_with_such_line_ends_are_read_as_augenrules_of_that_release_reads_them(folder):
    (folder / "40-theirs.rules").write_bytes(b"-w /etc/passwd -p wa -k id\r\n")
    own = ("30-a.rules", "-w /etc/passwd -p wa -k id\n")
    found = planned(folder, own, adopt=True, version=(3, 1, 5))
    assert [rule.keys for rule in found.open.load.loaded] == [("id",)]
    assert found.existing["equal"][0]["lost_keys"] == []
    # Before 3.1.1 the carriage return reaches auditctl, and is the end of another key.
    found = planned(folder, own, adopt=True, version=(3, 0, 9))
    assert [rule.keys for rule in found.open.load.loaded] == [("id",), ("id\r",)]


@pytest.mark.parametrize("purge", [False, True])
def test_what_augenrules_goes_on_without_stops_nobody(folder, purge):
    (folder / "20-masked.rules").symlink_to("/dev/null")
    (folder / "21-nowhere.rules").symlink_to("/nowhere/at/all")
    (folder / "22-folder.rules").mkdir()
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"), purge=purge)
    assert (found.purged, found.away, found.existing["others"]) == ((), (), [])


@pytest.mark.parametrize("name", ["30-a.rules", "99-auditops.rules"])
def test_what_stands_in_the_place_of_a_file_of_ours_and_is_none_is_named_with_the_way_out(folder, name):
    own = ("30-a.rules", "-w /etc/passwd -p wa\n")
    (folder / name).symlink_to("/dev/null")
    with pytest.raises(TrailError, match="a link to /dev/null") as caught:
        planned(folder, own)
    assert (caught.value.file, "remove the link" in caught.value.remedy) == (str(folder / name), True)
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(TrailError, match="a folder or a device") as caught:
        planned(folder, own)
    assert "another name" in caught.value.remedy
    (folder / name).rmdir()
    (folder / name).symlink_to("nowhere")  # what it leads to will be made
    planned(folder, own)
