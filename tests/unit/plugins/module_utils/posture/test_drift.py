# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rules.d, audit.rules and the kernel, compared by meaning."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, disk_rules, drift, forms_system
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules import let_pass
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.listing import parse_listing
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

HOST = {"machine": "x86_64", "auditctl_version": [3, 0, 9], "awk": "gawk", "kernel": "6.1.0-37-amd64"}
PASSWD, GROUP = "-w /etc/passwd -p wa -k identity", "-w /etc/group -p wa -k identity"
NEVER = "-a never,exit -F path=/etc/passwd -F perm=r"
DEFAULT = ("-D", "-b 8192", PASSWD, GROUP)
STATUS = {"enabled": 1, "failure": 1, "backlog_limit": 8192, "rate_limit": 0, "backlog_wait_time": 60000}


def compare(
    tmp_path,
    rules_dir=DEFAULT,
    audit_rules=DEFAULT,
    kernel=(PASSWD, GROUP),
    status=None,
    listing=None,
    begins="## made",
):
    folder = tmp_path / "audit"
    loader = "auditctl" if rules_dir is None else "augenrules"
    (folder / "rules.d").mkdir(parents=True, exist_ok=True)
    for name, lines in (("rules.d/10.rules", rules_dir), ("audit.rules", audit_rules)):
        if lines is not None:
            (folder / name).write_text(begins + "\n\n" + "".join(line + "\n" for line in lines))
            os.chmod(str(folder / name), 0o640)
    context = Context(loader=loader, configuration=str(folder))
    posture = {"host": HOST, "errors": {}, "status": dict(STATUS, **(status or {}))}
    posture["disk"] = disk_rules.collect(context, posture)
    if listing is not None:
        loaded = list(parse_listing(listing, Dialect((3, 0, 9))))
    else:
        load = simulate(from_texts(kernel or (), "the kernel"), Dialect((3, 0, 9)), PathState.of_host())
        assert not load.rejected
        loaded = list(load.loaded)
    if kernel is not None:
        posture["rules"] = {"source": "netlink", "loaded": codec.rules_to_plain(loaded)}
    found = drift.collect(context, posture)
    form.check(forms_system.PARTS["drift"], found, "drift", "")
    return found


def told(found):
    return [(difference["kind"], difference["rule"], difference["line"]) for difference in found["differences"]]


def test_what_means_the_same_is_equal(tmp_path):
    spelled = ("-b 8192", "-a always,exit -F path=/etc/passwd -F perm=aw -F key=identity", "-D", "-k identity " + GROUP)
    found = compare(
        tmp_path,
        audit_rules=("-D", "-b 8192", spelled[1], GROUP),
        kernel=("-a exit,always -F path=/etc/passwd -F perm=wa -k identity", GROUP),
    )
    assert found["compared"] == ["rules_dir", "audit_rules", "kernel"]
    assert (found["equal"], found["differences"], found["not_seen"]) == (True, [], [])


def test_a_rule_that_was_written_and_never_loaded(tmp_path):
    found = compare(tmp_path, rules_dir=DEFAULT + (NEVER,))
    assert found["equal"] is False
    assert told(found) == [("not_in_audit_rules", NEVER, 7), ("not_loaded", NEVER, 7)]
    assert {difference["file"] for difference in found["differences"]} == {
        str(tmp_path / "audit" / "rules.d" / "10.rules")
    }
    assert "augenrules has not run" in found["differences"][0]["text"]


def test_a_rule_that_was_loaded_by_hand(tmp_path):
    found = compare(tmp_path, kernel=(PASSWD, NEVER, GROUP))
    assert told(found) == [("not_on_disk", NEVER, 2)]
    assert "next boot" in found["differences"][0]["text"]


def test_a_rule_that_was_deleted_by_hand(tmp_path):
    assert told(compare(tmp_path, kernel=(GROUP,))) == [("not_loaded", PASSWD, 5)]


def test_a_rule_that_was_taken_out_of_rules_d(tmp_path):
    found = compare(tmp_path, rules_dir=DEFAULT[:3])
    assert told(found) == [("not_in_rules_dir", GROUP, 6)]
    assert found["differences"][0]["file"].endswith("/audit.rules")


def test_another_key_is_another_rule(tmp_path):
    kinds = [kind for kind, _rule, _line in told(compare(tmp_path, kernel=(PASSWD, GROUP.replace("identity", "x"))))]
    assert kinds == ["not_loaded", "not_on_disk"]


def test_an_order_that_can_matter(tmp_path):
    lines = DEFAULT + (NEVER,)
    found = compare(tmp_path, lines, lines, kernel=(NEVER, PASSWD, GROUP))
    assert told(found) == [("order", PASSWD, 5)]
    assert found["equal"] is False
    found = compare(tmp_path / "2", lines, ("-D", "-b 8192", NEVER, PASSWD, GROUP), kernel=(PASSWD, GROUP, NEVER))
    assert told(found) == [("order", PASSWD, 5)]
    assert "audit.rules" in found["differences"][0]["text"]


def test_an_order_that_cannot_matter_is_none(tmp_path):
    assert compare(tmp_path, kernel=(GROUP, PASSWD))["equal"] is True


def test_settings_count_too(tmp_path):
    lines = DEFAULT + ("-f 2", "-e 2")
    found = compare(tmp_path, lines, lines, status={"backlog_limit": 64})
    assert told(found) == [("setting", "-b 8192", 4), ("setting", "-e 2", 8), ("setting", "-f 2", 7)]
    assert found["differences"][0]["text"].startswith("backlog_limit is 64 in the kernel, and 8192 on disk (")


def test_a_setting_of_one_file_alone(tmp_path):
    found = compare(tmp_path, rules_dir=DEFAULT + ("-f 1",))
    assert told(found) == [("setting", "-f 1", 7)]
    assert "not set by" in found["differences"][0]["text"]


def test_what_auditctl_refuses_is_told_and_is_no_drift(tmp_path):
    lines = ("-c",) + DEFAULT + ("-a always,exit -S nosuchcall",)
    found = compare(tmp_path, lines, lines)
    assert found["equal"] is True
    assert [difference["kind"] for difference in found["differences"]] == ["rejected"]
    assert "nosuchcall" in found["differences"][0]["text"]


BAD = "-a always,exit -S nosuchcall"
GONE = "-w /not/there/at/all -p wa -k gone"


def test_what_our_own_line_lets_pass_is_drift_but_for_paths_that_are_gone(tmp_path):
    def found(name, *lines):
        (tmp_path / name).mkdir()
        return compare(tmp_path / name, lines, lines, begins=let_pass.WRITTEN)

    gone, bad = found("gone", "-i", *DEFAULT, GONE), found("bad", "-i", *DEFAULT, GONE, BAD)
    assert (gone["equal"], told(gone)) == (True, [("rejected", GONE, 8)])
    assert (bad["equal"], told(bad)) == (False, [("rejected", GONE, 8), ("rejected", BAD, 9)])
    # A rule that is to be deleted, and is not there, is no path.
    assert found("delete", "-i", *DEFAULT, "-d always,exit -S openat -k x")["equal"] is False


def test_what_others_let_pass_too_is_no_drift(tmp_path):
    folder = tmp_path / "audit" / "rules.d"
    folder.mkdir(parents=True)
    (folder / "05.rules").write_text("-c\n")
    lines = ("-i", *DEFAULT, BAD)
    found = compare(tmp_path, lines, ("-c", *lines), begins=let_pass.WRITTEN)
    assert (found["equal"], told(found)) == (True, [("rejected", BAD, 8)])


def test_a_line_that_ends_the_load_is_drift_with_each_rule_behind_it(tmp_path):
    lines = ("-D", "-b 8192", PASSWD, BAD, GROUP, NEVER)
    found = compare(tmp_path, lines, lines, kernel=(PASSWD,))
    assert found["equal"] is False
    assert told(found) == [("rejected", BAD, 6), ("not_loaded", GROUP, 7), ("not_loaded", NEVER, 8)]
    assert found["differences"][0]["text"].endswith("nosuchcall; the load ends there")
    assert found["differences"][1]["text"].endswith(
        "no load brings it: the load stops at {0}:6".format(tmp_path / "audit/rules.d/10.rules")
    )


def test_a_line_that_ends_the_load_is_drift_without_a_rule_behind_it(tmp_path):
    lines = DEFAULT + (BAD,)
    assert compare(tmp_path, lines, lines)["equal"] is False
    assert compare(tmp_path / "2", lines, lines, kernel=None)["equal"] is False


def test_a_rule_behind_the_lock_is_never_loaded(tmp_path):
    lines = ("-c", "-D", "-b 8192", PASSWD, "-e 2", GROUP)
    found = compare(tmp_path, None, lines, kernel=(PASSWD,), status={"enabled": 2})
    assert found["equal"] is False and told(found)[0] == ("not_loaded", GROUP, 8)


def test_a_rule_that_a_line_deletes_again_is_none(tmp_path):
    lines = ("-D", "-b 8192", PASSWD, GROUP, "-W /etc/group -p wa -k identity")
    assert compare(tmp_path, lines, lines, kernel=(PASSWD,))["differences"] == []


def test_a_rule_behind_the_end_of_the_load_says_why_it_will_be_gone(tmp_path):
    lines = ("-D", "-b 8192", PASSWD, "-a always,exit -S nosuchcall", GROUP)
    found = compare(tmp_path, lines, lines)
    assert [kind for kind, _rule, _line in told(found)] == ["rejected", "not_on_disk"]
    assert "the load stops at" in found["differences"][1]["text"]
    assert found["differences"][1]["line"] == 7


def test_without_rules_d_there_are_two_to_compare(tmp_path):
    found = compare(tmp_path, rules_dir=None, kernel=(PASSWD,))
    assert found["compared"] == ["audit_rules", "kernel"]
    assert told(found) == [("not_loaded", GROUP, 6)]


def test_without_audit_rules_rules_d_is_compared_with_the_kernel(tmp_path):
    found = compare(tmp_path, audit_rules=None)
    assert (found["compared"], found["equal"]) == (["rules_dir", "kernel"], True)


def test_without_the_kernel_nothing_is_called_equal(tmp_path):
    found = compare(tmp_path, kernel=None)
    assert (found["compared"], found["equal"]) == (["rules_dir", "audit_rules"], None)
    assert found["not_seen"] == ["the kernel's rules"]
    assert compare(tmp_path / "2", rules_dir=DEFAULT[:3], kernel=None)["equal"] is False


def test_a_rule_whose_action_auditctl_hides_is_the_one_on_disk(tmp_path):
    found = compare(tmp_path, listing="-w /etc/passwd -p wa -k identity\n-w /etc/group -p wa -k identity\n")
    assert found["equal"] is True
    found = compare(tmp_path / "2", listing="-w /etc/passwd -p wa -k identity\n-w /etc/shadow -p wa -k identity\n")
    assert [kind for kind, _rule, _line in told(found)] == ["not_loaded", "not_on_disk"]


def test_where_the_disk_could_not_be_read_its_reason_is_given():
    error = {"message": "there is no /etc/audit", "file": None, "line": None, "remedy": "install the audit package."}
    with pytest.raises(EvidenceError, match="no /etc/audit"):
        drift.collect(Context(), {"errors": {"disk": error}})
