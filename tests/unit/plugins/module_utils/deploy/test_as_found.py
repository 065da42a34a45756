# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that no file has: those of an audit.rules, and those that the kernel alone holds."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import as_found, scene
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import task_host
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.fake_wire import DIALECT
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.task_host import GROUP, PASSWD

host = pytest.fixture(task_host.hosts, name="host")


def test_rules_that_stand_in_audit_rules_alone_are_not_overwritten_unless_that_is_asked_for(host):
    made = host.folder / "audit" / "audit.rules"
    made.write_text("-D\n-w /etc/shadow -p wa -k theirs\n-w /etc/group -p wa -k id\n")
    before = host.disk()
    with pytest.raises(TrailError, match="/etc/shadow -p wa -k theirs` is in no file") as caught:
        host.run(("30-a.rules", PASSWD + GROUP))
    assert (caught.value.file, caught.value.line, host.disk()) == (str(made), 2, before)
    assert host.run(("30-a.rules", PASSWD + GROUP), purge=True)["changed"] is True
    host.run(state="rolled_back")
    assert host.disk() == before


def test_a_file_that_was_removed_and_whose_rules_augenrules_had_merged_stops_nobody_and_is_told(host):
    host.write("20-theirs.rules", "-w /etc/shadow -p wa -k theirs\n")
    host.run(("30-a.rules", PASSWD), ("31-b.rules", GROUP))
    host.run(state="committed")
    for name in ("20-theirs.rules", "31-b.rules"):
        (host.rules_dir / name).unlink()
    again = host.run(("30-a.rules", PASSWD))
    told = [text for text in again["warnings"] if "in no file of" in text]
    assert len(told) == 1
    assert told[0].startswith(str(host.folder / "audit" / "audit.rules"))
    assert told[0].endswith("and 2 rules go: `-w /etc/shadow -p wa -k theirs`, `{0}`".format(GROUP.strip()))
    assert host.loaded() == [("/etc/passwd", ("id",))]
    assert host.run(("30-a.rules", PASSWD))["warnings"] == []


def test_rules_of_a_file_that_the_load_did_not_come_to_are_in_a_file(host):
    host.run(("30-a.rules", PASSWD), ("31-b.rules", GROUP))
    host.write("20-theirs.rules", PASSWD)
    told = host.run(("30-a.rules", PASSWD), adopt=True)
    assert [text for text in told["warnings"] if "in no file of" in text] == []
    assert host.loaded() == [("/etc/passwd", ("id",))]


def test_a_rule_that_the_files_take_away_again_is_not_held_by_them(host):
    host.write("20-theirs.rules", "-w /etc/shadow -p wa -k theirs\n-W /etc/shadow -p wa -k theirs\n")
    (host.folder / "audit" / "audit.rules").write_text("-w /etc/shadow -p wa -k theirs\n")
    with pytest.raises(TrailError, match="/etc/shadow -p wa -k theirs` is in no file"):
        host.run(("30-a.rules", PASSWD))


AGENTS = tuple(
    "-a always,exit -F arch=b64 -S {0} -F key=agent".format(call) for call in ("open", "mkdir", "rmdir", "link")
)


def load_by_hand(host, *lines):
    for line in lines:
        host.wire.add(encode_rule(parse_line(line, DIALECT).rule))


@pytest.mark.parametrize("check_mode", [True, False])
def test_rules_that_the_kernel_alone_holds_are_named_before_they_go(host, check_mode):
    host.run(("30-a.rules", PASSWD + GROUP))
    load_by_hand(host, *AGENTS[:3])
    told = host.run(("30-a.rules", PASSWD), check_mode=check_mode)
    goes = ", ".join("`{0}`".format(line) for line in AGENTS[:3])
    assert told["warnings"] == ["3 rules go that the kernel holds and no file loads: {0}".format(goes)]
    assert len(host.loaded()) == (5 if check_mode else 1)
    load_by_hand(host, AGENTS[3])
    told = host.run(state="absent", check_mode=check_mode)
    assert told["warnings"][-1].startswith("4 rules go that" if check_mode else "1 rule goes that")


def test_of_many_such_rules_the_first_are_named_and_the_others_counted(host):
    load_by_hand(host, *AGENTS)
    (text,) = host.run(("30-a.rules", PASSWD))["warnings"]
    assert (text.startswith("4 rules go "), text.endswith("` and 1 more")) == (True, True)


@pytest.mark.parametrize("check_mode", [True, False])
def test_rules_that_somebody_has_loaded_since_are_named_before_a_rollback_takes_them(host, check_mode):
    load_by_hand(host, AGENTS[0])
    host.run(("30-a.rules", PASSWD))
    load_by_hand(host, *AGENTS[:2])
    told = host.run(state="rolled_back", check_mode=check_mode)
    assert told["warnings"] == ["1 rule goes that somebody has loaded since: `{0}`".format(AGENTS[1])]


def test_a_rule_of_ours_that_the_kernel_holds_in_another_form_is_nobody_elses(host):
    host.run(("30-a.rules", PASSWD))
    record = host.store.record(host.store.ids("rules")[-1], "rules")
    record["after"]["kernel"]["rules"] = []
    load_by_hand(host, AGENTS[0])
    here = scene.look(None, False)
    found = list(as_found.loads(str(host.rules_dir), here.posture, here.paths))
    (text,) = as_found.loaded_since(record, Kernel(DIALECT, host.wire), found)
    assert text == "1 rule goes that somebody has loaded since: `{0}`".format(AGENTS[0])


def test_what_is_rolled_back_after_the_boot_that_it_waited_for_is_told_as_well(host):
    host.wire.set_status(enabled=2)
    host.run(("30-a.rules", PASSWD), on_immutable="defer")
    host.reboot()
    load_by_hand(host, AGENTS[0])
    assert host.run(state="rolled_back")["warnings"] == [
        "1 rule goes that somebody has loaded since: `{0}`".format(AGENTS[0])
    ]


def test_where_auditctl_loads_audit_rules_such_rules_are_not_lost_by_themselves(host):
    host.loader = "auditctl"
    host.write("20-theirs.rules", "-w /etc/shadow -p wa -k theirs\n")
    host.run(("30-a.rules", PASSWD))
    (host.rules_dir / "20-theirs.rules").unlink()
    with pytest.raises(TrailError, match="/etc/shadow -p wa -k theirs` is in no file"):
        host.run(("30-a.rules", PASSWD))
