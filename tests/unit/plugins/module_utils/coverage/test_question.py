# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.coverage import question as asked
from ansible_collections.auditops.trail.plugins.module_utils.coverage.question import Question, answer
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

PASSWD = "-w /etc/passwd -p wa"
NOWHERE = {"arch": "x86_64", "user_arches": ("b64", "b32"), "uid_min": 1000, "paths": {}, "auditd_version": "3.0.9"}


def _ask(*requirements, **kwargs):
    options = dict(NOWHERE, **kwargs)
    return answer(Question(tuple(requirements), **options))


def _outcomes(result):
    return [entry["outcome"] for entry in result["coverage"]]


def _folder(tmp_path, **files):
    folder = tmp_path / "rules.d"
    folder.mkdir()
    for name, content in files.items():
        (folder / (name + ".rules")).write_text(content)
    return str(folder)


class TestGivenRules:
    def test_an_answer_for_each_requirement_in_their_order(self):
        result = _ask(PASSWD, "-w /etc/shadow -p wa", rules=[PASSWD + " -k a"])
        assert _outcomes(result) == ["covered", "uncovered"]
        assert result["coverage"][0]["covered_by"] == [{"rule": PASSWD + " -k a", "file": "rules", "line": 1}]
        assert result["coverage"][1]["counterexample"]["because"]

    def test_settings_and_deletions_are_heeded(self):
        result = _ask(PASSWD, rules=[PASSWD, "-e 0", "-D"])
        assert _outcomes(result) == ["defeated"]
        assert result["load"]["settings"] == {"enabled": 0}
        assert result["load"]["set_by"]["enabled"] == {"rule": "-e 0", "file": "rules", "line": 2}
        assert result["load"]["removed"][0]["by"]["line"] == 3

    def test_a_rule_behind_the_lock_is_not_loaded(self):
        assert _outcomes(_ask(PASSWD, rules=["-e 2", PASSWD])) == ["defeated"]

    def test_duplicates_are_fine_where_the_lines_tell_what_is_loaded(self):
        result = _ask("-w /etc/shadow -p wa", rules=[PASSWD, PASSWD, "-w /etc/shadow -p wa"])
        assert _outcomes(result) == ["covered"] and result["load"]["rejected"] == []

    @pytest.mark.parametrize("first", ["-D", "# identity"])
    def test_a_rule_that_stands_twice_ends_the_load_of_a_file(self, first):
        result = _ask("-w /etc/shadow -p wa", PASSWD, rules=[first, PASSWD, PASSWD, "-w /etc/shadow -p wa"])
        assert _outcomes(result) == ["defeated", "covered"]
        assert [refused["line"] for refused in result["load"]["rejected"]] == [3]

    @pytest.mark.parametrize(
        "line",
        ["-w /nowhere/at/all/x -p wa", "-a always,exit -F dir=/nowhere -F perm=wa", PASSWD + " -k id"],
    )
    def test_a_file_is_loaded_as_one(self, line):
        rules = ["-D", PASSWD + " -k id", line, "-w /etc/shadow -p wa"]
        paths = {"objects": {"/nowhere": {"type": "missing"}}}
        result = _ask("-w /etc/shadow -p wa", rules=rules, paths=paths)
        assert _outcomes(result) == ["defeated"]
        assert result["load"]["stopped_at"]["line"] == 3

    def test_what_may_be_loaded_is_not_asked_how_it_came(self):
        rules = ["-w /nowhere/at/all/x -p wa", "-w /etc/shadow -p wa"]
        paths = {"objects": {"/nowhere": {"type": "missing"}}}
        assert _outcomes(_ask("-w /etc/shadow -p wa", rules=rules, paths=paths)) == ["covered"]

    def test_a_closing_slash_makes_a_directory_of_a_requirement_and_of_rules(self):
        for rule, wanted in (("-w /no/d", "-w /no/d/"), ("-w /no/d/", "-w /no/d"), ("-w /no/d/", "-w /no/d/x")):
            assert _outcomes(_ask(wanted + " -p wa", rules=[rule + " -p wa"], paths={})) == ["covered"]

    @pytest.mark.parametrize("rules", [[], ["No rules"], ["# nothing", ""]])
    def test_no_rules_cover_nothing(self, rules):
        assert _outcomes(_ask(PASSWD, rules=rules)) == ["uncovered"]

    def test_a_malformed_line_is_named_and_never_dropped(self):
        with pytest.raises(RuleError) as caught:
            _ask(PASSWD, rules=[PASSWD, "", "-w etc/shadow"])
        assert (caught.value.file, caught.value.line) == ("rules", 3)
        assert caught.value.remedy

    def test_a_folder_is_known_by_what_the_requirements_name(self):
        assert _outcomes(_ask("-w /srv/app/conf -p wa", rules=["-w /srv/app -p wa"])) == ["covered"]
        assert _outcomes(_ask("-w /srv/app/ -p wa", rules=["-w /srv/app/ -p wa"])) == ["covered"]

    def test_what_may_be_a_listing_is_said_to_hide_never_rules(self):
        listing = _ask(PASSWD, rules=[PASSWD])["load"]["warnings"]
        assert [warning for warning in listing if "never" in warning]
        rules_file = _ask(PASSWD, rules=["-D", PASSWD])["load"]["warnings"]
        assert not [warning for warning in rules_file if "never" in warning]

    def test_text_in_several_lines(self):
        assert _outcomes(_ask(PASSWD, rules=["# mine\n-D\n" + PASSWD + "\n"])) == ["covered"]


class TestFolder:
    def test_the_load_is_judged_as_it_would_end(self, tmp_path):
        folder = _folder(tmp_path, a="-D\n-w /etc/shadow -p wa\n-a bad\n" + PASSWD + "\n")
        result = _ask(PASSWD, "-w /etc/shadow -p wa", rules_dir=folder)
        assert _outcomes(result) == ["defeated", "covered"]
        load = result["load"]
        assert load["stopped_at"]["line"] == 3 and load["rejected"][0]["remedy"]
        assert [line["line"] for line in load["loaded"]] == [2]
        assert load["removed"][0]["line"] == 4

    def test_the_other_loader_reads_the_file_above(self, tmp_path):
        folder = _folder(tmp_path, a=PASSWD + "\n")
        (tmp_path / "audit.rules").write_text("-D\n")
        (tmp_path / "audit.rules").chmod(0o600)
        assert _outcomes(_ask(PASSWD, rules_dir=folder)) == ["covered"]
        assert _outcomes(_ask(PASSWD, rules_dir=folder, loader="auditctl")) == ["uncovered"]
        assert _outcomes(_ask(PASSWD, rules_dir=folder + "/", loader="auditctl")) == ["uncovered"]

    def test_a_world_writable_file_loads_nothing(self, tmp_path):
        folder = _folder(tmp_path)
        (tmp_path / "audit.rules").write_text("-D\n" + PASSWD + "\n")
        (tmp_path / "audit.rules").chmod(0o666)
        result = _ask(PASSWD, rules_dir=folder, loader="auditctl")
        assert _outcomes(result) == ["defeated"]
        assert "chmod" in result["load"]["rejected"][0]["remedy"]

    def test_without_delete_all_there_is_a_warning(self, tmp_path):
        result = _ask(PASSWD, rules_dir=_folder(tmp_path, a=PASSWD + "\n"))
        assert any("-D" in warning for warning in result["load"]["warnings"])

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(EvidenceError) as caught:
            _ask(PASSWD, rules_dir=str(tmp_path / "none"))
        assert caught.value.file == str(tmp_path / "none")

    def test_no_awk_matters_where_the_order_depends_on_it(self, tmp_path, monkeypatch):
        monkeypatch.setattr(asked.facts, "find_program", lambda name: None)
        folder = _folder(tmp_path, a="-D\n" + PASSWD + "\n")
        assert _outcomes(_ask(PASSWD, rules_dir=folder)) == ["covered"]
        (tmp_path / "rules.d" / "b.rules").write_text("  -e 2\n-w /etc/shadow\n")
        with pytest.raises(EvidenceError, match="awk"):
            _ask(PASSWD, rules_dir=folder)

    def test_binary_junk_ends_the_load_and_the_answer_says_where(self, tmp_path):
        folder = _folder(tmp_path, b="-D\n" + PASSWD + "\n")
        (tmp_path / "rules.d" / "a.rules").write_bytes(b"\x7fELF\xff\xfe\0\1\n")
        result = _ask(PASSWD, rules_dir=folder)
        assert _outcomes(result) == ["defeated"]
        assert result["load"]["stopped_at"]["file"].endswith("a.rules")


class TestRunningKernel:
    RULE = Rule("exit", "always", None, (Field("path", "=", "/etc/passwd"),), (), False, Origin("the kernel", 1, "x"))

    @pytest.fixture
    def kernel(self, monkeypatch):
        monkeypatch.setattr(asked.kernel, "list_rules", lambda machine: [self.RULE])
        monkeypatch.setattr(asked.kernel, "read_status", lambda: Status(enabled=1, failure=1, pid=9, backlog_limit=64))
        monkeypatch.setattr(asked.facts, "machine", lambda name=None: name or "x86_64")

    def test_its_rules_are_judged_and_there_is_no_load(self, kernel):
        result = _ask(PASSWD)
        assert _outcomes(result) == ["covered"] and "load" not in result

    def test_switched_off_it_records_nothing(self, kernel, monkeypatch):
        monkeypatch.setattr(asked.kernel, "read_status", lambda: Status(enabled=0, failure=1, pid=0, backlog_limit=64))
        assert _outcomes(_ask(PASSWD)) == ["defeated"]

    def test_it_is_of_one_machine(self, kernel):
        with pytest.raises(EvidenceError, match="aarch64"):
            _ask(PASSWD, arch="aarch64")

    def test_a_refusal_is_an_error(self, kernel, monkeypatch):
        def refuse():
            raise EvidenceError("could not ask", "the kernel", remedy="be root")

        monkeypatch.setattr(asked.kernel, "read_status", refuse)
        with pytest.raises(EvidenceError, match="could not ask"):
            _ask(PASSWD)


class TestRequirements:
    def test_without_one_nothing_is_asked(self):
        with pytest.raises(RequirementError) as caught:
            _ask(rules=[PASSWD])
        assert "no requirement" in caught.value.message and caught.value.remedy

    def test_each_is_one_line(self):
        with pytest.raises(RequirementError) as caught:
            _ask(PASSWD + "\n-w /etc/shadow -p wa", rules=[PASSWD])
        assert "several lines" in caught.value.message

    @pytest.mark.parametrize(
        "text",
        ["", "# comment", "-D", "-e 2", "-W /etc/passwd", "-a never,exit -S open", "-a always,exclude -F msgtype=CWD"]
        + ["garbage", "-a always,exit -S nosuchcall", "-w relative", "-b 64 -w /etc/passwd"],
    )
    def test_what_is_no_event_class(self, text):
        with pytest.raises(RequirementError) as caught:
            _ask(PASSWD, text, rules=[])
        assert (caught.value.file, caught.value.line) == ("requirements", 2)
        assert caught.value.remedy


class TestHost:
    def test_the_version_of_the_installed_package_reads_the_lines(self, monkeypatch):
        line = "-a always,exit -F arch=b64 -S fchmodat2"
        monkeypatch.setattr(asked.facts, "audit_version", lambda: (3, 0, 9))
        with pytest.raises(RuleError, match="fchmodat2"):
            _ask(PASSWD, rules=[line], auditd_version=None)
        monkeypatch.setattr(asked.facts, "audit_version", lambda: None)
        result = _ask(PASSWD, rules=[line], auditd_version=None)
        assert any("not installed" in warning for warning in result["load"]["warnings"])

    def test_a_version_that_is_none(self):
        with pytest.raises(EvidenceError, match="newest"):
            _ask(PASSWD, rules=[], auditd_version="newest")

    @pytest.mark.parametrize("version, read_as", [("9.9", "4.2.1"), ("2.7", "2.8")])
    def test_a_version_that_is_not_known_is_told(self, version, read_as):
        result = _ask(PASSWD, rules=[PASSWD], auditd_version=version)
        assert _outcomes(result) == ["covered"]
        assert [told for told in result["warnings"] if version in told and read_as in told] == result["warnings"] != []
        assert result["warnings"][0] in result["load"]["warnings"]

    def test_a_version_that_is_known_is_not_remarked_upon(self):
        assert _ask(PASSWD, rules=[PASSWD])["warnings"] == []

    def test_an_unknown_version_reads_as_the_nearest_one(self):
        # -a always,exclude with -F exe= : the oldest auditctl refuses what the newest takes.
        line = "-a always,exclude -F exe=/bin/su"
        assert _ask(PASSWD, rules=[line], auditd_version="9.9")["load"]["rejected"] == []
        with pytest.raises(RuleError):
            _ask(PASSWD, rules=[line], auditd_version="2.7")

    @pytest.mark.parametrize("number", [-3, 4294967295])
    def test_what_is_no_uid_is_refused(self, number):
        with pytest.raises(EvidenceError) as caught:
            _ask(PASSWD, rules=[PASSWD], uid_min=number)
        assert "uid_min {0}".format(number) in caught.value.message
        assert "4294967294" in caught.value.remedy

    def test_the_greatest_uid_is_one(self):
        assert _outcomes(_ask(PASSWD, rules=[PASSWD], uid_min=4294967294)) == ["covered"]

    def test_kinds_of_call_decide(self):
        rules = ["-a always,exit -F arch=b64 -S unlink"]
        requirement = "-a always,exit -S unlink"
        assert _outcomes(_ask(requirement, rules=rules, user_arches=("b64",))) == ["covered"]
        assert _outcomes(_ask(PASSWD, rules=[PASSWD], user_arches=("b64", "b32", "x32"))) == ["partial"]

    def test_a_path_state_of_another_form(self):
        with pytest.raises(EvidenceError, match="path state"):
            _ask(PASSWD, rules=[], paths={"objects": {"/x": 3}})

    def test_another_machine_has_none_of_this_hosts_evidence(self, monkeypatch):
        monkeypatch.setattr(asked.kernel_build, "build_options", lambda: pytest.fail("asked this host"))
        monkeypatch.setattr(asked, "_own_machine", lambda: "x86_64")
        result = _ask(PASSWD, rules=[PASSWD], arch="aarch64", user_arches=None)
        assert _outcomes(result) == ["covered"]


class TestKindsOfCall:
    @pytest.mark.parametrize(
        ("arch", "kinds"), [("x86_64", ()), ("i386", ("b64",)), ("aarch64", ("x32",)), ("x86_64", ("b16",))]
    )
    def test_kinds_that_the_machine_does_not_have_are_refused(self, arch, kinds):
        with pytest.raises(EvidenceError) as caught:
            _ask(PASSWD, rules=[PASSWD], arch=arch, user_arches=kinds)
        assert "user_arches" in caught.value.message and "b" in caught.value.remedy

    def test_x32_brings_b64_with_it(self):
        assert _outcomes(_ask(PASSWD, rules=[], user_arches=("x32",))) == ["uncovered"]


def test_paths_that_may_not_be_looked_at_are_a_warning():
    paths = {"denied": {"/root/.ssh": "Permission denied"}}
    (warning,) = _ask(PASSWD, rules=[PASSWD], paths=paths)["warnings"]
    assert "/root/.ssh: Permission denied" in warning and "become: true" in warning


def test_half_a_character_is_refused_by_line():
    with pytest.raises(RuleError) as caught:
        _ask(PASSWD, rules=[PASSWD, "-w /etc/\ud800 -p wa"])
    assert (caught.value.file, caught.value.line) == ("rules", 2)


class TestListing:
    """What ``auditctl -l`` prints and auditctl does not take."""

    @pytest.mark.parametrize(
        "line",
        [
            "-w /etc/passwd -p wa -k a b",
            " -p wa-w /etc/passwd -k k",
            "-a always,exit -S all -F path=/etc/passwd -F perm=wa -F key=a b",
        ],
    )
    def test_a_watch_in_its_words(self, line):
        """They are of a listing for certain, and that hides never rules on paths."""
        result = _ask(PASSWD, "-w /etc/shadow -p wa", rules=["-w /etc/shadow -p wa", line])
        assert _outcomes(result) == ["unknown", "unknown"]
        assert "auditctl -l` prints a never rule on a path as a watch" in result["coverage"][1]["missing"][0]

    def test_the_order_is_kept(self):
        never = "-a never,exit -F arch=b64 -S all -F key=a b"
        always = "-a always,exit -F arch=b64 -S sethostname"
        assert _outcomes(_ask(always, rules=[never, always])) == ["defeated"]
        assert _outcomes(_ask(always, rules=[always, never])) == ["covered"]

    def test_a_type_of_file_as_a_number(self):
        line = "-a always,exit -F arch=b64 -S openat -F filetype=32768"
        result = _ask("-a always,exit -F arch=b64 -S openat -F filetype=file", rules=[line])
        assert [rule["rule"] for rule in result["load"]["loaded"]] == [line]

    def test_a_line_of_a_listing_among_commands_is_refused(self):
        with pytest.raises(RuleError) as caught:
            _ask(PASSWD, rules=["-D", "-w /etc/passwd -p wa -k a b"])
        assert caught.value.line == 2

    def test_an_option_behind_a_key_is_no_part_of_it(self):
        with pytest.raises(RuleError):
            _ask(PASSWD, rules=["-w /etc/passwd -p wa -k a -b nonsense"])

    def test_the_error_is_that_of_a_rules_file(self):
        with pytest.raises(RuleError) as caught:
            _ask(PASSWD, rules=["-a always,exit -S nosuchcall"])
        assert "nosuchcall" in caught.value.message and caught.value.line == 1
