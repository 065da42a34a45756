# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side of a change: what is said of failures, settings on the way, the lock, snapshots."""

import errno
import json
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import (
    STEPS,
    Kernel,
    Snapshot,
    SwitchError,
)
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel_write import ChangeRefused
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import Line
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import fake_wire
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.fake_wire import FakeWire

FILE = "/etc/audit/rules.d/50.rules"


def loaded(*lines):
    """What a load of these lines is to leave; they stand in FILE."""
    given = [Line(Origin(FILE, number, line)) for number, line in enumerate(lines, 1)]
    load = simulate(given, fake_wire.DIALECT)
    assert load.rejected == ()
    return load


def holding(*lines, **how):
    wire = FakeWire(loaded(*lines).loaded, **how)
    return wire, Kernel(fake_wire.DIALECT, wire)


def held(wire):
    return [decode_rule(payload) for payload in wire.payloads()]


def test_rules_and_settings_are_those_of_the_load(tmp_path):
    wire, kernel = holding("-w /old -p wa")
    steps = []
    load = loaded("-b 128", "-f 2", "-r 5", "--backlog_wait_time 7", "-w /new -p wa -k n", "-e 1")
    assert kernel.switch(load, str(tmp_path), steps.append) == {"added": 1, "removed": 1, "moved": 0, "lost": 0}
    assert [rule.value("path") for rule in held(wire)] == ["/new"]
    assert (wire.now.backlog_limit, wire.now.failure, wire.now.rate_limit, wire.now.backlog_wait_time) == (128, 2, 5, 7)
    assert steps == [STEPS[0], STEPS[1], STEPS[3], STEPS[6]]
    assert kernel.differences(load) == []
    assert os.listdir(str(tmp_path)) == []


def test_a_second_run_does_nothing(tmp_path):
    wire, kernel = holding("-w /old -p wa")
    load = loaded("-b 128", "-w /new -p wa -k n", "-a never,user -F uid=5")
    kernel.switch(load, str(tmp_path))
    requests, steps = wire.requests, []
    assert kernel.switch(load, str(tmp_path), steps.append) == {"added": 0, "removed": 0, "moved": 0, "lost": 0}
    assert (wire.requests, steps) == (requests, [])


def test_limits_are_never_below_both_while_rules_change(tmp_path):
    wire, kernel = holding()
    wire.now = wire.now._replace(backlog_limit=64, rate_limit=0, backlog_wait_time=60000)
    seen = []
    wire.watcher = lambda: seen.append((wire.now.backlog_limit, wire.now.rate_limit, wire.now.backlog_wait_time))
    kernel.switch(loaded("-b 100", "-r 9", "--backlog_wait_time 1", "-w /new"), str(tmp_path))
    assert seen == [(8192, 0, 60000)]
    assert (wire.now.backlog_limit, wire.now.rate_limit, wire.now.backlog_wait_time) == (100, 9, 1)


def test_what_the_load_does_not_set_is_as_before(tmp_path):
    wire, kernel = holding()
    wire.now = wire.now._replace(backlog_limit=333, failure=0, enabled=0)
    kernel.switch(loaded("-w /new"), str(tmp_path))
    assert (wire.now.backlog_limit, wire.now.failure) == (333, 0)


@pytest.mark.parametrize("lines, enabled", [(("-w /new",), 1), (("-w /new", "-e 0"), 0), (("-w /new", "-e 1"), 1)])
def test_audit_is_on_after_the_switch_unless_a_line_says_otherwise(tmp_path, lines, enabled):
    wire, kernel = holding("-w /new")
    wire.now = wire.now._replace(enabled=0)
    load = loaded(*lines)
    assert [found["text"] for found in kernel.differences(load)] == [
        "enabled is 0 in the kernel, and is to be 1" for _line in lines[:enabled]
    ]
    kernel.switch(load, str(tmp_path))
    assert (wire.now.enabled, kernel.differences(load)) == (enabled, [])


@pytest.mark.parametrize(
    "lines, enabled, logins, reason",
    [
        (("-w /a",), 1, 0, None),
        (("-w /b",), 1, 0, None),  # the switch does it
        (("-w /a", "--loginuid-immutable", "-e 2"), 1, 0, None),  # and the commit this
        (("-w /a", "-e 2"), 2, 0, None),
        (("-w /b", "-e 2"), 2, 0, "other ones are on disk"),
        (("-w /a",), 2, 0, "no file locks them any more"),
        (("-w /a",), 1, 1, "no file asks for that"),
        (("-w /a", "--loginuid-immutable", "-e 2"), 2, 0, "login uids are not to be changed"),
        (("-w /a", "--loginuid-immutable", "-e 2"), 2, 1, None),
    ],
)
def test_a_reboot_is_due_where_nothing_else_brings_the_kernel_to_what_the_files_say(lines, enabled, logins, reason):
    wire, kernel = holding("-w /a")
    wire.now = wire.now._replace(enabled=enabled, loginuid_immutable=logins)
    found = kernel.waits_for_boot(loaded(*lines))
    assert (found is None) if reason is None else (reason in found)


def test_a_lock_is_not_taken_by_the_switch(tmp_path):
    wire, kernel = holding()
    wire.now = wire.now._replace(enabled=0)
    load = loaded("-w /new", "-e 2", "--loginuid-immutable")
    kernel.switch(load, str(tmp_path))
    assert (wire.now.enabled, wire.now.loginuid_immutable) == (1, 0)
    assert kernel.differences(load) == []
    kernel.lock(loginuid=True)
    assert (wire.now.enabled, wire.now.loginuid_immutable) == (2, 1)
    assert kernel.locked()
    assert kernel.differences(load) == []
    kernel.lock(loginuid=True)


def test_a_locked_kernel_is_left_alone_and_the_way_out_is_told(tmp_path):
    wire, kernel = holding("-w /old")
    snapshot = kernel.snapshot()
    wire.now = wire.now._replace(enabled=2)
    for change in (lambda: kernel.switch(loaded("-w /new"), str(tmp_path)), lambda: kernel.restore(snapshot)):
        with pytest.raises(SwitchError) as caught:
            change()
        assert "enabled 2" in caught.value.message and "reboot" in caught.value.remedy
    assert wire.requests == 0


def test_a_line_that_auditctl_refuses_is_named_and_all_is_as_before(tmp_path):
    wire, kernel = holding("-w /old", "-w /older")
    wire.missing = ("/no/such",)
    before = kernel.snapshot()
    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /one", "-w /no/such -p wa", "-w /two"), str(tmp_path))
    assert (caught.value.file, caught.value.line) == (FILE, 2)
    assert "/no/such" in caught.value.message and "put back" in caught.value.message
    assert "ENOENT" in caught.value.message  # what auditctl said
    assert "{0}:3".format(FILE) in caught.value.message  # what is missing too
    assert kernel.snapshot() == before
    assert os.listdir(str(tmp_path)) == []


def test_a_line_behind_one_that_moves_is_named_too(tmp_path):
    wire, kernel = holding("-w /old", "-w /older")
    wire.missing = ("/no/such",)
    before = kernel.snapshot()
    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /older", "-w /old", "-w /no/such -p wa"), str(tmp_path))
    assert (caught.value.file, caught.value.line) == (FILE, 3)
    assert "/no/such" in caught.value.message and "put back" in caught.value.message
    assert kernel.snapshot() == before


def test_exit_code_0_is_not_believed_where_nothing_was_loaded(tmp_path):
    """auditctl 3.0.9."""
    wire, kernel = holding("-w /old")
    wire.silent = True
    before = kernel.snapshot()
    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /old", "-w /one", "-w /two"), str(tmp_path))
    assert (caught.value.file, caught.value.line) == (FILE, 2)
    assert "ended with 0" in caught.value.message
    assert "{0}:2, {0}:3".format(FILE) in caught.value.message
    assert kernel.snapshot() == before


def test_another_program_that_loads_rules_at_the_same_time_is_noticed(tmp_path):
    wire, kernel = holding("-w /old")
    stranger = encode_rule(Rule("exit", "always", None, (Field("path", "=", "/stranger"),)))

    def come_between():
        wire.watcher = lambda: None
        wire.add(stranger)

    wire.watcher = come_between
    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /old", "-w /one"), str(tmp_path))
    assert "another program" in caught.value.remedy


def test_all_is_put_back_but_what_the_kernel_does_not_take_any_more_and_that_is_told(tmp_path):
    wire, kernel = holding("-w /old -k a", "-w /older", "-w /oldest")
    snapshot = kernel.snapshot()
    # What is gone stands among rules that move, too.
    kernel.switch(loaded("-w /oldest", "-w /older", "-w /new"), str(tmp_path))
    wire.missing = ("/old",)
    put = kernel.restore(snapshot)
    assert put.gone == ("`-a always,exit -F path=/old -F perm=rwxa -F key=a`",)
    assert put.counts == {"added": 0, "removed": 1, "moved": 2}
    assert [rule.value("path") for rule in held(wire)] == ["/older", "/oldest"]


def test_what_cannot_be_put_back_after_a_failure_is_named_beside_it(tmp_path):
    wire, kernel = holding("-w /old", "-w /older")

    def break_down(name):
        if name == STEPS[6]:
            wire.missing = ("/old",)
            raise TrailError("no more")

    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /new", "-b 100"), str(tmp_path), break_down)
    assert "no more; what was there before is put back, but for 1 rule" in caught.value.message
    assert "/old" in caught.value.message
    assert [rule.value("path") for rule in held(wire)] == ["/older"]


def test_a_failure_while_undoing_says_what_happened_first(tmp_path):
    wire, kernel = holding("-w /old")

    def break_down(name):
        if name == STEPS[3]:
            wire.add = wire.delete = _refuse
            wire.load = lambda _path: (1, "")

    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /new"), str(tmp_path), break_down)
    assert "delete a rule" in caught.value.message and "could not be put back" in caught.value.message
    assert "auditctl -l" in caught.value.remedy


def _refuse(_payload):
    raise ChangeRefused(errno.EIO, "delete a rule")


def test_an_interrupt_is_passed_on_when_all_is_put_back(tmp_path):
    wire, kernel = holding("-w /old")
    before = kernel.snapshot()

    def interrupt(name):
        if name == STEPS[3]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kernel.switch(loaded("-w /new"), str(tmp_path), interrupt)
    assert kernel.snapshot() == before


def test_a_journal_that_cannot_be_written_keeps_nothing_from_being_put_back(tmp_path):
    wire, kernel = holding("-w /old")
    before = kernel.snapshot()

    def full(name):
        if name != STEPS[0] and name != STEPS[1]:
            raise TrailError("disk full")

    with pytest.raises(SwitchError) as caught:
        kernel.switch(loaded("-w /new"), str(tmp_path), full)
    assert "disk full" in caught.value.message
    assert kernel.snapshot() == before


def test_a_full_disk_under_the_scratch_folder_is_told_with_the_space(tmp_path):
    _wire, kernel = holding("-w /old")
    with pytest.raises(TrailError) as caught:
        kernel.switch(loaded("-w /new"), str(tmp_path / "none"))
    assert "bytes" in caught.value.message and str(tmp_path) in caught.value.file


def test_prepended_lines_are_loaded_in_the_order_in_which_they_are_tried(tmp_path):
    wire, kernel = holding()
    given = []
    load_file = wire.load

    def reading(path):
        with open(path, encoding="utf-8") as stream:
            given.append(stream.read().splitlines())
        return load_file(path)

    wire.load = reading
    load = loaded("-w /one", "-A always,exit -S 1 -k first", "-A always,exit -S 2 -k second")
    kernel.switch(load, str(tmp_path))
    assert given == [["-a always,exit -S 2 -k second", "-a always,exit -S 1 -k first", "-w /one"]]
    assert kernel.differences(load) == []


def test_a_line_that_does_more_than_add_a_rule_is_written_anew(tmp_path):
    wire, kernel = holding()
    rule = Rule("exit", "always", None, (Field("path", "=", "/x"), Field("perm", "=", 15)))
    for text in ("-e 2 -w /x -p rwxa", "-D -w /x", "-w /other", "", "-a never,exit -F path=/x -F perm=rwxa"):
        kernel.switch(Load(), str(tmp_path))
        kernel.switch(Load(loaded=(rule._replace(origin=Origin(FILE, 1, text)),)), str(tmp_path))
        assert [each._replace(origin=Origin()) for each in held(wire)] == [rule], text
        assert wire.now.enabled == 1


def test_a_rule_that_no_bytes_can_say_is_refused_before_anything_is_done(tmp_path):
    wire, kernel = holding("-w /old")
    rule = Rule("exit", "always", None, (Field("watch", "=", "/x"),), (), False, Origin(FILE, 3, "-w /x"))
    with pytest.raises(RuleError) as caught:
        kernel.switch(Load(loaded=(rule,)), str(tmp_path))
    assert (caught.value.file, caught.value.line, wire.requests) == (FILE, 3, 0)


@pytest.mark.parametrize(
    "lines, kind, line",
    [
        (("-w /a", "-w /b", "-w /c"), "not_loaded", 3),
        (("-w /a",), "not_on_disk", 2),
        (("-w /b", "-w /a"), "order", 1),
        (("-w /a", "-w /b", "-b 9"), "setting", 3),
        (("-w /a", "-w /b", "-a always,exclude -F msgtype=CWD"), "not_loaded", 3),
    ],
)
def test_each_kind_of_difference_is_told_with_its_place(lines, kind, line):
    _wire, kernel = holding("-w /a", "-w /b")
    (found,) = kernel.differences(loaded(*lines))
    assert found["kind"] == kind
    assert found["line"] == line
    assert found["file"] == ("the kernel" if kind == "not_on_disk" else FILE)


def test_the_same_in_other_words_is_no_difference():
    _wire, kernel = holding("-a always,exit -F perm=wa -F path=/a -F key=k", "-a always,exclude -F msgtype=CWD")
    assert kernel.differences(loaded("-w /a -p aw -k k", "-a never,exclude -F msgtype=1307")) == []


def test_a_snapshot_survives_json_and_what_is_none_is_refused():
    _wire, kernel = holding("-w /\udcff -k a", "-a never,user -F uid=5")
    snapshot = kernel.snapshot()
    assert len(snapshot.rules) == 2
    assert Snapshot.from_plain(json.loads(json.dumps(snapshot.to_plain()))) == snapshot
    for wrong in (
        {},
        {"rules": 3, "settings": {}, "boot_id": ""},
        {"rules": ["!"], "settings": {}, "boot_id": ""},
        None,
    ):
        with pytest.raises(EvidenceError):
            Snapshot.from_plain(wrong)


def test_what_is_put_back_is_the_very_bytes_also_where_they_mean_the_same(tmp_path):
    wire, kernel = holding("-a always,exit -F perm=wa -F path=/a", "-w /b")
    before = kernel.snapshot()
    kernel.switch(loaded("-w /b"), str(tmp_path))
    kernel.switch(loaded("-w /b", "-w /a -p wa"), str(tmp_path))
    assert kernel.snapshot() != before
    kernel.restore(before)
    assert kernel.snapshot() == before


def test_rules_loaded_twice_are_left_alone_where_their_list_did_not_change(tmp_path):
    wire, kernel = holding("-w /a", "-a never,user -F uid=5")
    wire.add(encode_rule(decode_rule(wire.payloads()[1])._replace(prepend=True)))
    before = kernel.snapshot()
    assert len(before.rules) == 3
    wire.add(encode_rule(Rule("user", "never", None, (Field("uid", "=", 6),))))
    kernel.restore(before)
    assert kernel.snapshot() == before


def test_settings_alone_are_put_back():
    wire, kernel = holding("-w /a")
    before = kernel.snapshot()
    wire.now = wire.now._replace(backlog_limit=1, failure=2, enabled=0)
    steps = []
    kernel.restore(before, steps.append)
    assert kernel.snapshot() == before
    assert steps == [STEPS[0], STEPS[6]]


def test_a_setting_that_the_load_makes_and_the_kernel_does_not_have_is_a_difference():
    wire, kernel = holding()
    wire.now = wire.now._replace(backlog_wait_time=None)
    load = Load(settings={"backlog_wait_time": Setting(5, Origin(FILE, 1, "--backlog_wait_time 5"))})
    (found,) = kernel.differences(load)
    assert found["kind"] == "setting"
