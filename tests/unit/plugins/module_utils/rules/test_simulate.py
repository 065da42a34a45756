# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line, Lost
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Rejected, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Field, Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

OLD = Dialect(version=(3, 0, 9), users=(), groups=())
PASSWD = "-w /etc/passwd -p wa -k id"
SHADOW = "-w /etc/shadow -p wa -k id"
CALL = "-a always,exit -F arch=b64 -S unlink -k gone"
NEVER = "-a never,exit -F arch=b64 -S unlink"


def _load(*lines, **kwargs):
    return simulate(list(lines), kwargs.pop("dialect", OLD), **kwargs)


def _texts(rules):
    return [rule.origin.text for rule in rules]


def _gone(load):
    return [(removed.rule.origin.text, removed.by.text) for removed in load.removed]


def _refused(load):
    return [rejected.origin.text for rejected in load.rejected]


def _paths(*directories, **others):
    objects = {path: Entry("dir") for path in ("/",) + directories}
    objects.update({path: Entry(kind) for path, kind in others.pop("objects", {}).items()})
    return PathState(objects)


def test_rules_are_loaded_in_order_with_their_lines():
    load = _load("-D", CALL, "# a comment", "", NEVER)
    assert [(rule.origin.line, rule.action) for rule in load.loaded] == [(2, "always"), (5, "never")]
    assert (load.removed, load.rejected, load.stopped_at) == ((), (), None)


def test_settings_keep_the_line_that_set_them_and_the_last_wins():
    load = _load("-e 1", "-b 8192", "-f 2", "-r 5", "--backlog_wait_time 100", "-e 0", "--loginuid-immutable")
    assert {name: setting.value for name, setting in load.settings.items()} == {
        "enabled": 0,
        "backlog_limit": 8192,
        "failure": 2,
        "rate_limit": 5,
        "backlog_wait_time": 100,
        "loginuid_immutable": 1,
    }
    assert load.settings["enabled"] == Setting(0, Origin(None, 6, "-e 0"))


def test_several_settings_in_one_line():
    assert {name: setting.value for name, setting in _load("-b 64 -f 0 -e 1").settings.items()} == {
        "backlog_limit": 64,
        "failure": 0,
        "enabled": 1,
    }


class TestDeletion:
    def test_everything_before_delete_all_is_removed_by_it(self):
        load = _load(CALL, NEVER, "-D", PASSWD)
        assert _texts(load.loaded) == [PASSWD]
        assert _gone(load) == [(CALL, "-D"), (NEVER, "-D")]

    def test_delete_all_by_key_takes_every_key_that_holds_the_text(self):
        load = _load(CALL, PASSWD, NEVER, "-D -k on")
        assert _gone(load) == [(CALL, "-D -k on")]

    def test_a_deletion_needs_the_very_rule(self):
        load = _load(PASSWD, CALL, "-W /etc/passwd -p wa -k id", "-d always,exit -F arch=b64 -S unlink -k gone")
        assert load.loaded == ()
        assert _gone(load) == [
            (PASSWD, "-W /etc/passwd -p wa -k id"),
            (CALL, "-d always,exit -F arch=b64 -S unlink -k gone"),
        ]

    @pytest.mark.parametrize(
        "line",
        ["-W /etc/passwd -p wa", "-W /etc/passwd -k id", "-d always,exit -F perm=wa -F path=/etc/passwd -k id"],
    )
    def test_a_deletion_of_another_rule_ends_the_load(self, line):
        load = _load(PASSWD, line, SHADOW)
        assert _texts(load.loaded) == [PASSWD]
        assert load.stopped_at.text == line
        assert _gone(load) == [(SHADOW, line)]
        assert "No such file or directory" in load.rejected[0].reason

    def test_the_rule_in_front_goes_first(self):
        last, front = CALL, CALL.replace("-a", "-A")
        load = _load(last, front, CALL.replace("-a", "-d"))
        assert _texts(load.loaded) == [last]
        assert _gone(load) == [(front, CALL.replace("-a", "-d"))]

    def test_a_rule_can_come_back(self):
        load = _load(PASSWD, "-D", PASSWD)
        assert [rule.origin.line for rule in load.loaded] == [3]
        assert [removed.rule.origin.line for removed in load.removed] == [1]


class TestDuplicates:
    MODERN = "-a always,exit -F path=/etc/passwd -F perm=wa -k id"

    def test_a_watch_and_its_modern_form_are_one_rule_to_the_kernel(self):
        load = _load(PASSWD, self.MODERN, SHADOW)
        assert _refused(load) == [self.MODERN]
        assert "Rule exists" in load.rejected[0].reason and PASSWD in load.rejected[0].reason
        assert load.stopped_at.line == 2
        assert _gone(load) == [(SHADOW, self.MODERN)]

    @pytest.mark.parametrize(
        "other",
        [
            "-a always,exit -F perm=wa -F path=/etc/passwd -k id",
            "-a always,exit -F path=/etc/passwd -F perm=wa",
            "-a never,exit -F path=/etc/passwd -F perm=wa -k id",
            "-a always,exit -F path=/etc/passwd -F perm=wr -k id",
            "-A always,exit -F path=/etc/passwd -F perm=wa -k id",
        ],
    )
    def test_order_key_action_value_and_place_make_another_rule(self, other):
        assert len(_load(PASSWD, other).loaded) == 2

    def test_a_rule_already_in_the_kernel_is_a_duplicate_too(self):
        start = _load(PASSWD).loaded
        assert _refused(_load(PASSWD, start=start)) == [PASSWD]
        assert _refused(_load("-D", PASSWD, start=start)) == []

    def test_a_listing_may_hold_duplicates(self):
        load = _load(PASSWD, PASSWD, SHADOW, listing=True)
        assert _texts(load.loaded) == [PASSWD, SHADOW] and load.rejected == ()
        assert load.removed == ()


class TestLock:
    def test_nothing_can_be_changed_behind_the_lock(self):
        load = _load(PASSWD, "-e 2", SHADOW, "-e 1")
        assert _texts(load.loaded) == [PASSWD]
        assert load.settings["enabled"].value == 2
        assert load.stopped_at.text == SHADOW
        assert _gone(load) == [(SHADOW, "-e 2")]
        assert "Operation not permitted" in load.rejected[0].reason
        assert "-e 2" in load.rejected[0].remedy

    def test_going_on_after_errors_does_not_help(self):
        load = _load("-c", PASSWD, "-e 2", SHADOW, "-D", "-b 9", "-t", "-e 2")
        assert load.stopped_at is None
        assert _refused(load) == [SHADOW, "-D", "-b 9", "-t", "-e 2"]
        assert _gone(load) == [(SHADOW, "-e 2")]

    def test_the_lost_counter_and_loginuid_can_still_be_set(self):
        load = _load("-e 2", "--reset-lost", "--loginuid-immutable")
        assert load.rejected == () and load.settings["loginuid_immutable"].value == 1

    def test_delete_all_has_nothing_to_do_in_an_empty_kernel(self):
        assert _load("-e 2", "-D").rejected == ()

    def test_a_kernel_that_is_locked_already_takes_nothing(self):
        start = _load(PASSWD).loaded
        load = _load("-D", SHADOW, start=start, enabled=2)
        assert load.loaded == start
        assert "reboot" in load.rejected[0].remedy
        assert [removed.rule.origin.text for removed in load.removed] == [SHADOW]

    def test_two_options_of_one_line_take_effect_in_their_order(self):
        load = _load("-e 2 -b 9", SHADOW)
        assert load.settings["enabled"].value == 2 and "backlog_limit" not in load.settings
        assert load.stopped_at.text == "-e 2 -b 9"

    def test_what_a_bad_line_did_before_it_failed_stays(self):
        assert _load("-e 2 -b many").settings["enabled"].value == 2


class TestErrors:
    BAD = "-a always,exit -S nosuchcall -k x"

    def test_a_bad_line_ends_the_load(self):
        load = _load(PASSWD, self.BAD, SHADOW, "-e 2")
        assert _texts(load.loaded) == [PASSWD]
        assert load.stopped_at.line == 2
        assert _gone(load) == [(SHADOW, self.BAD)]
        assert "enabled" not in load.settings
        assert any("not reached: -e 2" in warning for warning in load.warnings)

    @pytest.mark.parametrize("option", ["-i", "-c"])
    def test_from_their_line_on_the_load_goes_on_after_errors(self, option):
        load = _load(option, self.BAD, SHADOW)
        assert _texts(load.loaded) == [SHADOW] and load.stopped_at is None
        assert _refused(load) == [self.BAD]
        assert any("1 line(s) were refused" in warning for warning in load.warnings)
        assert _load(self.BAD, option, SHADOW).stopped_at.line == 1

    def test_further_errors_are_foreseen(self):
        load = _load(self.BAD, self.BAD.replace("such", "sort"))
        assert len(load.rejected) == 1
        assert any("would be refused too" in warning for warning in load.warnings)

    def test_white_space_is_mended_in_the_remedy(self):
        load = _load("\t" + PASSWD)
        assert load.rejected[0].remedy == "write `{0}` instead.".format(PASSWD)

    def test_a_line_of_thousands_of_characters_is_not_repeated_whole(self):
        long = "-w /etc/" + "y" * 200 + "/y" * 1000
        load = _load(long, "-D", self.BAD, long, "-b 1" + " " * 3000 + "-f 0", long + " -p q")
        assert len(load.warnings) == 3 and len(load.removed) == 2
        assert all(len(warning) < 600 for warning in load.warnings)
        assert all(removed.rule.origin.text == long and len(removed.why) < 600 for removed in load.removed)

    @pytest.mark.parametrize(
        "text",
        ["-w /x -p " + "w" * 3000, "x" * 5000, "-a always,exit -F uid=" + "y" * 3000, "-w /x -p wa " + "y z" * 999],
    )
    def test_a_refusal_does_not_repeat_it_either(self, text):
        (rejected,) = _load(text).rejected
        assert rejected.origin.text == text
        assert len(rejected.reason) < 700 and len(rejected.remedy) < 700 and "\u2026" in rejected.reason

    def test_control_characters_are_spelt_out_in_warnings(self):
        (warning,) = [text for text in _load("-w /etc/passwd\r").warnings if "nothing tells" in text]
        assert warning.startswith("-w /etc/passwd\\r: ") and "/etc/passwd\\r is" in warning

    def test_the_old_action_is_passed_over(self):
        load = _load("-a exit,possible -S open", SHADOW)
        assert _texts(load.loaded) == [SHADOW] and load.stopped_at is None
        assert "possible" in load.rejected[0].reason

    def test_a_line_that_loads_nothing_is_no_fault(self):
        assert _load("-l", "-s", PASSWD).rejected == ()


class TestDisk:
    STATE = _paths("/etc", "/etc/sudoers.d", objects={"/etc/passwd": "file", "/opt": "missing", "/etc/no": "missing"})

    def test_a_watch_is_what_stat_finds(self):
        load = _load("-w /etc/passwd", "-w /etc/sudoers.d/", "-w /etc/no", paths=self.STATE)
        assert [rule.conditions[0] for rule in load.loaded] == [
            Field("path", "=", "/etc/passwd"),
            Field("dir", "=", "/etc/sudoers.d"),
            Field("path", "=", "/etc/no"),
        ]
        assert not any("nothing tells" in warning for warning in load.warnings)

    @pytest.mark.parametrize(
        "line",
        ["-w /opt/app/log", "-a always,exit -F dir=/etc/no -F perm=wa", "-a always,exit -F exe=/opt/app/x -F uid=0"],
    )
    def test_what_the_kernel_cannot_find_ends_the_load(self, line):
        load = _load(line, PASSWD, paths=self.STATE)
        assert load.stopped_at.text == line
        assert "No such file or directory" in load.rejected[0].reason
        assert "create " in load.rejected[0].remedy
        assert _gone(load) == [(PASSWD, line)]

    def test_a_listing_is_loaded_whatever_the_disk_says_today(self):
        assert len(_load("-w /opt/app/log", PASSWD, paths=self.STATE, listing=True).loaded) == 2

    def test_without_evidence_the_text_decides(self):
        load = _load("-w /a", "-w /a/b/c", "-w /d/", "-w /e", named=["/e/f"])
        assert [rule.conditions[0].name for rule in load.loaded] == ["dir", "path", "dir", "dir"]
        assert [warning for warning in load.warnings if "/a/b/c" in warning and "nothing tells" in warning]

    def test_an_equivalent_of_a_missing_folder(self):
        assert _load("-q /etc,/etc/no", paths=self.STATE).stopped_at.line == 1
        load = _load("-q /etc,/etc/sudoers.d", paths=self.STATE)
        assert load.stopped_at is None and any("-q" in warning for warning in load.warnings)


class TestVersions:
    FRONT = "-A always,exit -F arch=b64 -S unlink -k gone"

    @pytest.mark.parametrize(
        "version, works", [((4, 0, 3), True), ((4, 0, 4), False), ((4, 1, 0), False), ((4, 1, 1), True)]
    )
    def test_prepending_deletes_in_some(self, version, works):
        load = _load(NEVER, self.FRONT, PASSWD, dialect=OLD._replace(version=version))
        if works:
            assert [rule.prepend for rule in load.loaded] == [False, True, False]
            return
        assert _texts(load.loaded) == [NEVER]
        assert load.stopped_at.text == self.FRONT
        assert (PASSWD, self.FRONT) in _gone(load)
        assert "-A for -d" in load.rejected[0].reason

    def test_there_it_takes_away_the_rule_it_repeats(self):
        load = _load(CALL, self.FRONT, dialect=OLD._replace(version=(4, 1, 0)))
        assert load.loaded == ()
        assert (CALL, self.FRONT) in _gone(load)

    def test_io_uring_needs_its_list(self):
        line = "-a always,io_uring -S openat -k ring"
        newest = OLD._replace(version=(4, 2, 1))
        assert "5.16" in _load(line, dialect=newest, kernel=(5, 15)).rejected[0].reason
        assert len(_load(line, dialect=newest, kernel=(6, 1)).loaded) == 1
        assert _load(line).stopped_at.line == 1


class TestFiles:
    FIRST, SECOND = Origin("a.rules", 3, PASSWD), Origin("b.rules", 1, SHADOW)

    def test_glued_lines_blame_the_missing_newline(self):
        glued = Line(Origin("a.rules", 3, PASSWD + SHADOW), (self.FIRST, self.SECOND))
        load = simulate([glued], OLD)
        assert load.loaded == ()
        assert "newline" in load.rejected[0].reason and "end a.rules with a newline" in load.rejected[0].remedy
        assert [(removed.rule.origin, removed.by) for removed in load.removed] == [
            (self.FIRST, self.FIRST),
            (self.SECOND, self.FIRST),
        ]

    def test_glued_lines_that_make_a_rule_lose_the_second(self):
        first, second = Origin("a.rules", 1, "-w /etc/passwd -p wa -k id"), Origin("b.rules", 1, "-D")
        load = simulate([Line(Origin("a.rules", 1, first.text + second.text), (first, second))], OLD)
        assert load.loaded[0].keys == ("id-D",)

    def test_a_lost_line_is_removed_by_what_took_it(self):
        comment = Origin("a.rules", 9, "# end")
        load = simulate([], OLD, lost=[Lost(self.SECOND, comment, "it is part of a comment", "end it")])
        assert [(removed.rule.origin, removed.by) for removed in load.removed] == [(self.SECOND, comment)]
        assert load.warnings == ("b.rules:1: it is part of a comment",)

    def test_a_file_that_auditctl_refuses_loads_nothing(self):
        refused = Rejected(Origin("/etc/audit/audit.rules"), "everyone may write to it", "chmod")
        load = _load("-D", PASSWD, refused=refused)
        assert (load.loaded, load.rejected) == ((), (refused,))
        assert load.stopped_at == refused.origin
        assert [removed.by for removed in load.removed] == [refused.origin]

    def test_many_rules_take_little_time(self):
        lines = ["-a always,exit -F arch=b64 -S unlink -F auid={0} -k k{0}".format(n) for n in range(3000)]
        started = time.process_time()
        assert len(_load(*lines).loaded) == 3000
        assert time.process_time() - started < 3
