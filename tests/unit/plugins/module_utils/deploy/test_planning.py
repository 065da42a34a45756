# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.boundary import failure
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.deploy import original, planning
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED, simulate
from ansible_collections.auditops.trail.tests.unit import postures

PATHS = postures.path_state(
    files=["/etc/passwd", "/etc/group", "/etc/shadow"], folders=["/etc/ssh", "/srv"], missing=["/srv/new", "/gone"]
)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "rules.d"
    made.mkdir()
    return made


def planned(folder, *own, version=(3, 0, 9), awk="gawk", **given):
    posture = postures.posture([], paths=PATHS, version=version)
    posture["host"]["awk"] = awk
    asked = Given(rules_dir=str(folder), own=tuple(own), **given)
    return planning.plan(asked, posture, PathState.from_dict(PATHS))


def written(name, folder):
    """What the state folder says of a file that an earlier run has written."""
    return {name: original.digest((folder / name).read_bytes())}


def text(found, name):
    return found.open.files[name].decode()


def control(name, *record):
    return {"id": name, "record": list(record), "missing_path": "require", "key": name}


def test_the_lines_that_were_given_are_written_as_they_are(folder):
    own = "# ours\n\n-w /etc/passwd -p wa -k id\n"
    found = planned(folder, ("30-ours.rules", own), settings={"backlog_limit": 16384, "failure": 1})
    assert text(found, "30-ours.rules") == own
    base = ["-D", "-i", "-b 16384", "-f 1", "-r 0", "--backlog_wait_time 60000", "-e 1"]
    assert text(found, "10-auditops.rules").splitlines()[1:] == base
    assert [rule.keys for rule in found.open.load.loaded] == [("id",)]
    assert found.open.load.settings["backlog_limit"].value == 16384
    assert (found.ours, found.away, found.closed) == (("10-auditops.rules", "30-ours.rules"), (), None)


def test_a_last_line_without_a_newline_gets_one(folder):
    assert text(planned(folder, ("30-a.rules", "-w /etc/group -p wa")), "30-a.rules") == "-w /etc/group -p wa\n"


def test_one_bad_line_among_300_is_named_with_file_line_and_reason(folder):
    lines = ["-a always,exit -F arch=b64 -S openat -F a0={0} -k k".format(number) for number in range(300)]
    lines[211] = "-a always,exit -F arch=b64 -S openat -F auid>=nobody-here -k k"
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-many.rules", "\n".join(lines)))
    assert (caught.value.file, caught.value.line) == (str(folder / "30-many.rules"), 212)
    assert "nobody-here" in caught.value.message
    assert os.listdir(str(folder)) == []


def test_every_refused_line_is_told_at_once(folder):
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", "-w relative -p wa\n-w /etc/passwd -p wa\n-x nothing\n"))
    assert caught.value.line == 1
    assert "line 3" in caught.value.message


def test_a_call_that_the_hosts_auditctl_does_not_know_is_named_with_its_version(folder):
    line = "-a always,exit -F arch=b64 -S fchmodat2 -k k"
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", line))
    assert "fchmodat2" in str(caught.value)
    assert "3.0.9" in str(caught.value)
    assert len(planned(folder, ("30-a.rules", line), version=(4, 1, 2)).open.load.loaded) == 1


def test_the_same_rule_twice_is_merged_with_both_keys_and_told(folder):
    found = planned(
        folder,
        ("20-a.rules", "-w /etc/passwd -p wa -k one\n"),
        ("30-b.rules", "\n-a always,exit -F path=/etc/passwd -F perm=aw -F key=two\n"),
    )
    assert [rule.keys for rule in found.open.load.loaded] == [("one", "two")]
    assert text(found, "20-a.rules") == "-w /etc/passwd -p wa -k one -k two\n"
    assert text(found, "30-b.rules").splitlines()[1].startswith("# left out (the same rule as")
    assert [(one.line, one.into) for one in found.merged] == [(2, str(folder / "20-a.rules") + ":1")]
    assert any("merged" in warning for warning in found.warnings)


def test_a_file_that_is_missing_in_a_directory_that_is_there_is_watched_for(folder):
    found = planned(folder, ("30-a.rules", "-w /srv/new -p wa\n"))
    assert len(found.open.load.loaded) == 1
    assert [(one.path, one.line, one.loads) for one in found.missing] == [("/srv/new", 1, True)]


def test_a_line_whose_directory_is_missing_waits_as_a_comment(folder):
    found = planned(folder, ("30-a.rules", "-w /gone/file -p wa\n-w /etc/passwd -p wa\n"))
    assert len(found.open.load.loaded) == 1
    assert text(found, "30-a.rules").splitlines()[0].endswith("): -w /gone/file -p wa")
    assert [(one.path, one.loads) for one in found.missing] == [("/gone/file", False)]


def test_skip_leaves_both_kinds_out(folder):
    found = planned(folder, ("30-a.rules", "-w /gone/file -p wa\n-w /srv/new -p wa\n"), on_missing_path="skip")
    assert found.open.load.loaded == ()
    assert [one.path for one in found.missing] == ["/gone/file", "/srv/new"]


@pytest.mark.parametrize("line", ["-w /gone/file -p wa", "-w /srv/new -p wa", "-a always,exit -F dir=/gone -F perm=wa"])
def test_fail_names_path_and_line(folder, line):
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n" + line + "\n"), on_missing_path="fail")
    assert caught.value.line == 2
    assert line.split()[1] in caught.value.message or "/gone" in caught.value.message


def test_a_rule_that_stands_in_a_file_of_others_is_an_error_and_can_be_adopted(folder):
    (folder / "40-theirs.rules").write_text("-w /etc/passwd -p wa -k id\n-w /etc/group -p wa -k id\n")
    own = ("30-a.rules", "-w /etc/passwd -p wa -k id\n-w /etc/shadow -p wa -k id\n")
    with pytest.raises(RuleError, match="Rule exists") as caught:
        planned(folder, own)
    assert (caught.value.file, caught.value.line) == (str(folder / "40-theirs.rules"), 1)
    assert "adopt: true" in caught.value.remedy
    found = planned(folder, own, adopt=True)
    assert len(found.open.load.loaded) == 3
    assert [one["ours"] for one in found.existing["equal"]] == [str(folder / "30-a.rules") + ":1"]
    assert found.existing["others"] == [{"file": str(folder / "40-theirs.rules"), "rules": 2}]


def test_one_rule_under_two_keys_is_told_and_loads(folder):
    (folder / "40-theirs.rules").write_text("-w /etc/passwd -p wa -k theirs\n")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k ours\n"))
    assert len(found.open.load.loaded) == 2
    assert "never tried" in found.existing["equal"][0]["text"]


def test_the_same_rule_twice_in_files_of_others_is_adopted_from_the_one_that_has_our_key(folder):
    (folder / "40-theirs.rules").write_text("-w /etc/passwd -p wa -k theirs\n-w /etc/passwd -p wa -k id\n")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k id\n"), adopt=True)
    assert [(one["line"], one["lost_keys"]) for one in found.existing["equal"]] == [(2, [])]


def test_what_means_the_same_in_another_order_loads_beside_it(folder):
    (folder / "40-theirs.rules").write_text("-a always,exit -F arch=b64 -S openat -F a0=1 -F a1=2 -k id\n")
    found = planned(folder, ("30-a.rules", "-a always,exit -F arch=b64 -S openat -F a1=2 -F a0=1 -k id\n"))
    assert len(found.open.load.loaded) == 2
    (equal,) = found.existing["equal"]
    assert equal["text"].endswith("are the same rule: {0}:1 is never tried".format(folder / "40-theirs.rules"))
    assert equal["lost_keys"] == []


@pytest.mark.parametrize(
    "name, theirs, at",
    [
        ("zz.rules", "-W /etc/passwd -p wa -k id\n", "zz.rules:1"),
        ("zz.rules", "-w /etc/group -p wa\n-D -k id\n", "zz.rules:2"),
        # augenrules by mawk takes neither for the -D that it puts first.
        ("audit.rules", "-D \n", "audit.rules:1"),
        ("audit.rules", "  -D\n", "audit.rules:1"),
        ("20-x.rules", "-i\n-w /etc/group -p wa -k g", "20-x.rules:2"),
    ],
)
def test_a_file_of_others_that_keeps_our_rule_out_of_the_kernel_is_an_error(folder, name, theirs, at):
    (folder / name).write_text(theirs)
    own = ("30-a.rules", "-w /etc/passwd -p wa -k id\n")
    with pytest.raises(RuleError, match="30-a.rules:1") as caught:
        planned(folder, own, awk="mawk")
    assert "{0}:{1}".format(caught.value.file, caught.value.line) == str(folder / at)
    assert "purge: true" in caught.value.remedy
    found = planned(folder, own, awk="mawk", purge=True)
    assert len(found.open.load.loaded) == 1


def test_an_adopted_rule_that_its_own_file_deletes_again_is_an_error(folder):
    (folder / "zz-behind.rules").write_text("-w /etc/passwd -p wa -k id\n-W /etc/passwd -p wa -k id\n")
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k id\n"), adopt=True)
    assert (caught.value.file, caught.value.line) == (str(folder / "zz-behind.rules"), 2)


def test_our_own_file_may_delete_what_it_adds(folder):
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k id\n-W /etc/passwd -p wa -k id\n"))
    assert found.open.load.loaded == ()


def test_of_lines_that_go_to_the_front_the_last_is_tried_first_and_stays(folder):
    lines = (
        "-A exit,always -F path=/etc/shadow -F perm=r -k one\n-A exit,never -F auid=1000\n"
        "-A exit,always -F path=/etc/shadow -F perm=r -k two\n"
    )
    found = planned(folder, ("30-a.rules", lines))
    assert [rule.keys for rule in found.open.load.loaded] == [(), ("two", "one")]
    assert [(one.line, one.into) for one in found.merged] == [(1, str(folder / "30-a.rules") + ":3")]


def test_what_nobody_has_asked_for_gives_way_to_files_of_others(folder):
    theirs = "-b 32768\n-f 2\n-r 100\n--backlog_wait_time 0\n-e 2\n"
    (folder / "00-site.rules").write_text(theirs)
    found = planned(folder, settings={"rate_limit": 7})
    held = {name: setting.value for name, setting in found.open.load.settings.items()}
    assert held == {"backlog_limit": 32768, "failure": 2, "rate_limit": 7, "backlog_wait_time": 0, "enabled": 2}
    assert "# left out ({0}:1 has it): -b 8192".format(folder / "00-site.rules") in text(found, "10-auditops.rules")


def test_audit_is_on_whatever_a_file_of_others_in_front_says(folder):
    (folder / "00-site.rules").write_text("-e 0\n")
    assert planned(folder).open.load.settings["enabled"].value == 1


def test_purge_takes_away_what_is_not_ours_and_names_it(folder):
    (folder / "40-theirs.rules").write_text("-w /etc/passwd -p wa -k id\n")
    (folder / "README").write_text("no rules")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k id\n"), purge=True)
    assert (found.purged, found.away) == (("40-theirs.rules",), ("40-theirs.rules",))
    assert sorted(found.open.files) == ["10-auditops.rules", "30-a.rules"]


def test_our_own_file_of_an_earlier_run_goes_and_is_not_called_purged(folder):
    (folder / "20-old.rules").write_text("-w /etc/group -p wa\n")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"), managed=written("20-old.rules", folder))
    assert (found.purged, found.away) == ((), ("20-old.rules",))
    assert found.existing["replaced"] == []


def test_what_was_asked_for_counts_before_a_file_of_others_that_is_read_later(folder):
    (folder / "audit.rules").write_text("-D\n-b 64\n-r 5\n")
    found = planned(folder, settings={"backlog_limit": 16384}, demanded={"rate_limit": 0})
    held = {name: setting.value for name, setting in found.open.load.settings.items()}
    assert (held["backlog_limit"], held["rate_limit"], held["failure"]) == (16384, 0, 1)
    assert found.ours == ("10-auditops.rules", "zz-auditops.rules")
    assert found.open.files["audit.rules"] == b"-D\n-b 64\n-r 5\n"
    line = {"file": str(folder / "audit.rules"), "line": 2, "rule": "-b 64", "setting": "backlog_limit", "value": 16384}
    assert line in found.existing["overruled"]
    lines = found.open.files["zz-auditops.rules"].decode().splitlines()
    assert [text for text in lines if text[:1] == "-"] == ["-b 16384", "-r 0"]
    assert "## counts before `-b 64` of {0}/audit.rules".format(folder) in lines
    at = "{0}/audit.rules:2 (`-b 64`) does not decide backlog_limit: zz-auditops.rules, which is read".format(folder)
    assert [text for text in found.warnings if "audit.rules" in text and "-b" in text] == [
        at + " behind it, sets it to 16384"
    ]
    assert "# left out (zz-auditops.rules has it): -b 16384" in text(found, "10-auditops.rules")


def test_the_last_file_is_the_same_in_the_next_run_and_goes_when_it_is_not_needed(folder):
    (folder / "audit.rules").write_text("-b 64\n")
    first = planned(folder, settings={"backlog_limit": 16384})
    for name, data in first.open.files.items():
        (folder / name).write_bytes(data)
    managed = dict(written("10-auditops.rules", folder), **written("zz-auditops.rules", folder))
    again = planned(folder, settings={"backlog_limit": 16384}, managed=managed)
    assert (again.open.files, again.away, again.existing["replaced"]) == (first.open.files, (), [])
    assert not any("zz-auditops" in text or "-b" in text for text in again.warnings), "told when it was written"
    without = planned(folder, settings={"backlog_limit": 64}, managed=managed)
    assert (without.away, without.existing["overruled"]) == (("zz-auditops.rules",), [])
    assert without.open.load.settings["backlog_limit"].value == 64


def test_a_last_file_of_a_host_whose_state_was_lost_is_ours_all_the_same(folder):
    (folder / "zz-auditops.rules").write_text("-b 16384\n-f 2\n-w /etc/passwd -p wa -k id\n")
    (folder / "audit.rules").write_text("-f 0\n")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k id\n"), adopt=True, demanded={"failure": 1})
    held = {name: setting.value for name, setting in found.open.load.settings.items()}
    assert (held["failure"], held["backlog_limit"], len(found.open.load.loaded)) == (1, 8192, 1)
    assert [os.path.basename(path) for path in found.existing["replaced"]] == ["zz-auditops.rules"]
    (folder / "audit.rules").unlink()
    assert planned(folder).away == ("zz-auditops.rules",)


@pytest.mark.parametrize(
    ("theirs", "given", "held"),
    [
        # A line of theirs goes with the first of its values that is overruled: the others hold all the same.
        ({"audit.rules": "-f 0 -b 16384\n"}, {"demanded": {"failure": 1, "backlog_limit": 8192}}, (16384, 1, 0)),
        ({"audit.rules": "-f 0 -b 16384\n"}, {"settings": {"failure": 1}}, (16384, 1, 0)),
        ({"audit.rules": "-f 0 -r 500\n"}, {"settings": {"failure": 1}}, (8192, 1, 500)),
        ({"audit.rules": "-b 64 -f 2\n"}, {"settings": {"backlog_limit": 16384}}, (16384, 2, 0)),
        # augenrules runs -b before -f, whatever the order of the files.
        ({"05-a.rules": "-f 0\n", "20-b.rules": "-b 64 -f 2\n"}, {"demanded": {"failure": 1}}, (64, 1, 0)),
        # A last line without a newline would take the header of ours for a part of it.
        ({"audit.rules": "-b 64\n-w /etc/passwd -p wa -k id"}, {"settings": {"backlog_limit": 128}}, (128, 1, 0)),
        ({"audit.rules": "-b 64\n"}, {"demanded": {"backlog_limit": 0}}, (0, 1, 0)),
        ({"audit.rules": "-r 0\n"}, {"demanded": {"rate_limit": 500}}, (8192, 1, 0)),
    ],
)
@pytest.mark.parametrize("awk", ["gawk", "mawk"])
def test_each_setting_is_what_it_is_to_be_after_the_whole_load(folder, theirs, given, held, awk):
    for name, content in theirs.items():
        (folder / name).write_text(content)
    settings = planned(folder, awk=awk, **given).open.load.settings
    assert tuple(settings[name].value for name in ("backlog_limit", "failure", "rate_limit")) == held


def test_an_indented_line_that_mawk_does_not_move_is_an_error_with_its_place(folder):
    (folder / "20-a.rules").write_text(" -b 64\n")
    (folder / "30-b.rules").write_text("-b 8192\n")
    with pytest.raises(RuleError, match="would leave it 64") as caught:
        planned(folder, awk="mawk", demanded={"backlog_limit": 8192})
    assert caught.value.file == str(folder / "20-a.rules")


def test_a_setting_that_a_file_behind_the_last_of_ours_overrides_is_an_error_with_its_line(folder):
    (folder / "zz-behind.rules").write_text("-D\n-b 64\n")
    with pytest.raises(RuleError) as caught:
        planned(folder, settings={"backlog_limit": 8192})
    assert (caught.value.file, caught.value.line) == (str(folder / "zz-behind.rules"), 2)
    assert "8192" in caught.value.message
    assert "purge" in caught.value.remedy
    (folder / "zz-behind.rules").write_text("-D\n-b 8192\n")
    assert planned(folder, settings={"backlog_limit": 8192}).open.load.settings["backlog_limit"].value == 8192


def test_what_switches_audit_off_in_a_file_of_others_is_refused_and_not_overruled(folder):
    (folder / "zz-behind.rules").write_text("-e 0\n")
    with pytest.raises(RuleError, match="enabled is to be 1"):
        planned(folder)


def test_a_directory_that_goes_away_takes_its_own_rule_from_the_next_boot_and_no_other_nor_the_lock(folder):
    own = "-w /srv/keys -p wa -k gone\n-w /etc/passwd -p wa -k id\n"
    made = planned(folder, ("30-a.rules", own), immutable=True)
    assert len(made.closed.load.loaded) == 2
    later = postures.path_state(files=["/etc/passwd"], folders=[], missing=["/srv", "/srv/keys"])
    boot = simulate(made.closed.merged.lines, Dialect((3, 0, 9)), PathState.from_dict(later))
    assert ([rule.keys for rule in boot.loaded], boot.settings["enabled"].value) == ([("id",)], LOCKED)
    assert "30-a.rules:1" in str(boot.rejected[0].origin)


@pytest.mark.parametrize("own", ["# mine\n-w /etc/passwd -p wa -k id\n", "\n-w /etc/passwd -p wa -k id\n"])
@pytest.mark.parametrize("name", ["05-other.rules", "20-other.rules"])
def test_a_file_of_others_without_a_last_newline_is_not_let_pass(folder, name, own):
    (folder / name).write_text("-w /etc/shadow -p wa -k sh")
    if own.startswith("\n") and name.startswith("2"):
        assert len(planned(folder, ("30-ours.rules", own)).open.load.loaded) == 2
        return
    with pytest.raises(RuleError, match=name + " with a newline"):
        planned(folder, ("30-ours.rules", own))


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("-a never,exit -S all", "1 (`-a never,exit -S all`) matches it first"),
        ("-a always,exclude -F msgtype=SYSCALL", "1: the exclude list drops its SYSCALL record"),
        ("-a never,exit -F arch=b64 -S openat -F uid=1", None),
        ("-a always,exit -F arch=b64 -S all -F path=/etc/shadow -k all\n-a never,exit -F path=/etc/shadow", None),
    ],
)
def test_an_own_rule_that_records_nothing_is_told_with_what_stands_in_its_way(folder, before, told):
    own = before + "\n-w /etc/shadow -p wa -k id\n-w /etc/passwd -p wa -k id\n"
    found = [text for text in planned(folder, ("30-ours.rules", own)).warnings if "records nothing" in text]
    assert len(found) == (2 if told else 0)
    assert all(text.endswith("30-ours.rules:" + told) for text in found)
    # By a setting that is worked out for a rule of a profile or of others nobody is told of it here.
    (folder / "20-theirs.rules").write_text(own)
    assert not [text for text in planned(folder).warnings if "records nothing" in text]


def test_of_many_own_rules_that_record_nothing_some_are_told_and_how_many_more(folder):
    own = "-a never,exit -S all\n" + "".join(
        f"-a always,exit -F arch=b64 -S setxattr -F uid={number}\n" for number in range(40)
    )
    found = planned(folder, ("30-ours.rules", own)).warnings
    assert [text for text in found if "records nothing" in text or "more of" in text][3:] == [
        "so do 37 more of these rules"
    ]


def test_files_that_are_read_before_the_base_are_told_where_they_name_paths(folder):
    files = [("05-calls.rules", "-a never,exit -S openat -F uid=5\n"), ("06-paths.rules", "-w /srv/keys -p wa\n")]
    told = [
        text
        for text in planned(folder, *files, ("30-a.rules", "-w /srv/a -p wa\n")).warnings
        if "is read before" in text
    ]
    assert len(told) == 1
    assert told[0].startswith(f"{folder}/06-paths.rules is read before 10-auditops.rules: ")


def test_the_lock_is_in_no_file_before_commit(folder):
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"), immutable=True)
    assert found.open.load.settings["enabled"].value == 1
    assert found.closed.load.settings["enabled"].value == 2
    assert found.closed.files["99-auditops.rules"].decode().splitlines()[-1] == "-e 2"
    assert [rule.origin for rule in found.closed.load.loaded] == [rule.origin for rule in found.open.load.loaded]


def test_a_lock_in_ones_own_text_is_written_by_commit_too(folder):
    own = ("30-a.rules", "-w /etc/passwd -p wa\n-e 2\n")
    with pytest.raises(RuleError, match="was not asked for") as caught:
        planned(folder, own)
    assert caught.value.line == 2
    found = planned(folder, own, immutable=True)
    assert found.open.load.settings["enabled"].value == 1
    assert text(found, "30-a.rules").splitlines()[1].startswith("# left out")


def test_a_later_switch_in_another_file_takes_the_lock_away_and_is_an_error(folder):
    (folder / "zz-theirs.rules").write_text("-e 1\n")
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"), immutable=True)
    assert (caught.value.file, caught.value.line) == (str(folder / "zz-theirs.rules"), 1)


def test_a_file_of_others_that_lacks_its_newline_does_not_eat_our_first_line(folder):
    (folder / "20-theirs.rules").write_text("-w /etc/group -p wa")
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"))
    assert "20-theirs.rules" in str(caught.value)
    assert "newline" in str(caught.value)


def test_a_broken_line_in_a_file_of_others_is_met_before_anything_is_written(folder):
    (folder / "20-theirs.rules").write_text("# theirs\n-w etc/group\n")
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"))
    assert (caught.value.file, caught.value.line) == (str(folder / "20-theirs.rules"), 2)


def test_lines_of_profiles_stand_below_the_controls_that_need_them(folder):
    plan = evaluate.plan(
        [control("id.passwd", "-w /etc/passwd -p wa"), control("id.group", "-w /etc/group -p wa")], "auto"
    )
    found = planned(folder, plan=plan, about="a profile")
    assert text(found, "50-auditops.rules").splitlines()[1:] == [
        "# For a profile.",
        "",
        "## id.passwd",
        "-w /etc/passwd -p wa -k id.passwd",
        "",
        "## id.group",
        "-w /etc/group -p wa -k id.group",
    ]
    assert found.unproven == ()


def test_a_requirement_that_another_file_takes_away_is_unproven_with_the_line_to_blame(folder):
    (folder / "20-theirs.rules").write_text("-a never,exit -F path=/etc/passwd\n")
    plan = evaluate.plan([control("id.passwd", "-w /etc/passwd -p wa")], "auto")
    found = planned(folder, plan=plan)
    assert [one["control"] for one in found.unproven] == ["id.passwd"]
    assert "20-theirs.rules:1" in found.unproven[0]["reason"]
    with pytest.raises(TrailError, match="id.passwd"):
        planned(folder, plan=plan, on_unproven="fail")


@pytest.mark.parametrize("name", ["ours", "a b.rules", "../x.rules", ".x.rules", "x.rules\n", "10-auditops.rules"])
def test_a_name_that_augenrules_would_not_read_or_that_is_taken_is_refused(folder, name):
    with pytest.raises(TrailError, match="name|called"):
        planned(folder, (name, "-w /etc/passwd -p wa\n"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"failure": 3}, "the setting failure cannot be 3"),
        ({"backlog": 1}, "there is no setting backlog. To mend it: write backlog_limit"),
        ({"x": 1}, "there is no setting x. To mend it: the settings are backlog_limit, "),
        ({"backlog_limit": -1}, "the setting backlog_limit cannot be -1"),
    ],
)
def test_a_setting_that_the_kernel_does_not_have_is_refused(folder, settings, words):
    with pytest.raises(TrailError, match=words):
        planned(folder, settings=settings)
    with pytest.raises(TrailError, match=words):
        planned(folder, demanded=settings)


def test_the_lock_of_audit_uids_may_be_demanded_and_is_no_setting(folder):
    assert planned(folder, demanded={"loginuid_immutable": 1}).open.load.settings["backlog_limit"].value == 8192
    with pytest.raises(
        TrailError, match="there is no setting loginuid_immutable. To mend it: give loginuid_immutable: true"
    ):
        planned(folder, settings={"loginuid_immutable": 1})


@pytest.mark.parametrize(
    "ours, theirs", [("-b 32768", "-b 8192"), ("-r 0", "-r 5"), ("--backlog_wait_time 60000", "--backlog_wait_time 1")]
)
def test_a_setting_of_our_own_text_that_another_file_overrides_is_an_error_too(folder, ours, theirs):
    (folder / "zz-theirs.rules").write_text(theirs + "\n")
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", ours + "\n"))
    assert (caught.value.file, caught.value.line) == (str(folder / "zz-theirs.rules"), 1)


def test_our_own_text_counts_before_the_profiles_and_settings_before_both(folder):
    own = ("30-a.rules", "-b 100\n")
    found = planned(folder, own, demanded={"backlog_limit": 8192})
    assert found.open.load.settings["backlog_limit"].value == 100
    assert any("the profiles ask for 8192" in warning for warning in found.warnings)
    found = planned(folder, own, settings={"backlog_limit": 16384})
    assert found.open.load.settings["backlog_limit"].value == 16384
    assert any(
        text.endswith("-a.rules:1 sets backlog_limit to 100, and settings ask for 16384, which counts")
        for text in found.warnings
    )
    early = ("05-a.rules", "-b 100\n")
    found = planned(folder, early, demanded={"backlog_limit": 64})
    assert (found.open.load.settings["backlog_limit"].value, found.warnings) == (100, ())
    assert "05-a.rules:1 has it): -b 64" in text(found, "10-auditops.rules")


def test_what_nobody_has_named_is_as_shipped_and_gives_way_to_a_file_of_others(folder):
    assert planned(folder, demanded={"failure": 2}).open.load.settings["failure"].value == 2
    (folder / "20-theirs.rules").write_text("-b 65536\n")
    values = planned(folder).open.load.settings
    assert {name: values[name].value for name in ("backlog_limit", "failure", "rate_limit", "backlog_wait_time")} == {
        "backlog_limit": 65536,
        "failure": 1,
        "rate_limit": 0,
        "backlog_wait_time": 60000,
    }


@pytest.mark.parametrize("theirs", ["05-theirs.rules", "20-theirs.rules"])
@pytest.mark.parametrize(
    ("line", "demanded", "value"),
    [
        ("-b 65536", {"backlog_limit": 8192}, 65536),
        ("-b 0", {"backlog_limit": 8192}, 0),
        ("-b 64", {"backlog_limit": 8192}, 8192),
        ("-f 2", {"failure": 1}, 2),
        ("-f 0", {"failure": 1}, 1),
        ("-r 500", {"rate_limit": 0}, 0),
    ],
)
def test_what_profiles_ask_for_gives_way_to_more_in_a_file_of_others_and_to_nothing_less(
    folder, theirs, line, demanded, value
):
    (folder / theirs).write_text(line + "\n")
    (name,) = demanded
    assert planned(folder, demanded=demanded).open.load.settings[name].value == value


@pytest.mark.parametrize("line", ["-e 0", "-f 1 -e 0"])
def test_a_line_of_ours_that_switches_audit_off_is_an_error(folder, line):
    with pytest.raises(RuleError, match="switches the audit system off") as caught:
        planned(folder, ("30-a.rules", line + "\n"))
    assert (caught.value.file, caught.value.line) == (str(folder / "30-a.rules"), 1)


def test_a_file_of_others_that_switches_audit_off_is_an_error_and_one_that_locks_is_none(folder):
    (folder / "zz-theirs.rules").write_text("-e 0\n")
    with pytest.raises(RuleError, match="enabled is to be 1") as caught:
        planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"))
    assert caught.value.file == str(folder / "zz-theirs.rules")
    (folder / "zz-theirs.rules").write_text("-e 2\n")
    assert planned(folder).open.load.settings["enabled"].value == 2


def test_a_final_file_that_is_read_before_the_base_file_is_refused(folder):
    with pytest.raises(TrailError, match="read before base_file"):
        planned(folder, final_file="01-lock.rules", immutable=True)
    assert planned(folder, final_file="11-lock.rules", immutable=True).closed.load.settings["enabled"].value == 2


def test_every_conflict_is_named_at_once_and_the_failed_result_has_them(folder):
    rules = "".join("-w /etc/{0} -p wa\n".format(name) for name in ("passwd", "group", "shadow"))
    (folder / "40-theirs.rules").write_text(rules)
    with pytest.raises(RuleError) as caught:
        planned(folder, ("30-a.rules", rules))
    assert "30-a.rules:2 and {0}:2".format(folder / "40-theirs.rules") in caught.value.message
    assert "30-a.rules:3" in caught.value.message
    told = failure(caught.value)["existing"]
    assert [one["line"] for one in told["conflicts"]] == [1, 2, 3]
    assert told["others"] == [{"file": str(folder / "40-theirs.rules"), "rules": 3}]


def test_a_rule_is_not_adopted_under_other_keys_than_ours(folder):
    (folder / "40-theirs.rules").write_text("-w /etc/passwd -p wa -k other\n-w /etc/group -p wa -k id -k more\n")
    own = ("30-a.rules", "-w /etc/passwd -p wa -k id\n-w /etc/group -p wa -k id\n")
    found = planned(folder, own, adopt=True)
    assert [rule.keys for rule in found.open.load.loaded] == [("id",), ("other",), ("id", "more")]
    assert [one["lost_keys"] for one in found.existing["equal"]] == [["other"], []]
    assert any("nothing is recorded under other" in warning for warning in found.warnings)


def test_of_two_rules_the_one_that_is_loaded_later_loses_its_keys(folder):
    (folder / "20-theirs.rules").write_text("-w /etc/passwd -p wa -k other\n")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa -k id\n"))
    assert found.existing["equal"][0]["lost_keys"] == ["id"]
    assert "30-a.rules:1 is never tried" in found.existing["equal"][0]["text"]


def test_a_file_of_others_under_a_name_of_ours_is_replaced_and_told(folder):
    (folder / "30-a.rules").write_text("-w /etc/group -p wa\n")
    found = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"))
    assert found.existing["replaced"] == [str(folder / "30-a.rules")]
    assert any("audit_rules has not written, and is replaced" in warning for warning in found.warnings)
    known = planned(folder, ("30-a.rules", "-w /etc/passwd -p wa\n"), managed=written("30-a.rules", folder))
    assert (known.existing["replaced"], known.warnings) == ([], ())


def test_what_was_added_to_a_file_of_ours_is_told_when_it_goes(folder):
    (folder / "20-old.rules").write_text("-w /etc/group -p wa\n")
    managed = written("20-old.rules", folder)
    (folder / "20-old.rules").write_text("-w /etc/group -p wa\n-w /etc/shadow -p wa\n")
    found = planned(folder, managed=managed)
    assert found.existing["replaced"] == [str(folder / "20-old.rules")]
    assert any("changed since it was deployed, and is taken away" in warning for warning in found.warnings)


def test_the_way_out_of_a_lock_names_the_line_that_locks_at_each_boot(folder):
    posture = postures.posture([], paths=PATHS, version=(3, 0, 9))
    (folder / "99-theirs.rules").write_text("# locked\n-e 2\n")
    error = planning.locked_out(str(folder), posture, PathState.from_dict(PATHS))
    assert "take `-e 2` out of {0}:2 and reboot".format(folder / "99-theirs.rules") in error.remedy
    assert "on_immutable: defer" in error.remedy
    (folder / "99-theirs.rules").unlink()
    assert "no file" in planning.locked_out(str(folder), posture, PathState.from_dict(PATHS)).remedy
