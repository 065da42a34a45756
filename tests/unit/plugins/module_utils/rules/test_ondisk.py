# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import stat
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules import folder as rules_folder
from ansible_collections.auditops.trail.plugins.module_utils.rules.folder import read_files
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import LINE_BYTES, from_texts, pieces
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_audit_rules, read_rules_dir
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate


def _write(folder, **files):
    for name, content in files.items():
        with open(os.path.join(str(folder), name + ".rules"), "wb") as file:
            file.write(content)
    return str(folder)


def _texts(merged):
    return [line.origin.text for line in merged.lines]


def test_a_line_keeps_its_file_and_number(tmp_path):
    folder = _write(tmp_path, a=b"# heading\n\n-w /etc/passwd -p wa\n")
    origin = Origin(os.path.join(folder, "a.rules"), 3, "-w /etc/passwd -p wa")
    assert read_rules_dir(folder).lines[0].origin == origin


def test_a_glued_line_names_both_files(tmp_path):
    folder = _write(tmp_path, a=b"-w /a -k a", b=b"-w /b -k b\n")
    merged = read_rules_dir(folder)
    assert _texts(merged) == ["-w /a -k a-w /b -k b"]
    assert [(os.path.basename(part.file), part.line, part.text) for part in merged.lines[0].parts] == [
        ("a.rules", 1, "-w /a -k a"),
        ("b.rules", 1, "-w /b -k b"),
    ]
    assert "no newline" in merged.warnings[0]


def test_a_rule_glued_to_a_comment_is_lost_and_the_comment_is_blamed(tmp_path):
    folder = _write(tmp_path, a=b"# end", b=b"-w /b -k b\n")
    merged = read_rules_dir(folder)
    assert merged.lines == ()
    (lost,) = merged.lost
    assert (lost.origin.text, os.path.basename(lost.by.file)) == ("-w /b -k b", "a.rules")
    assert "newline" in lost.remedy


def test_an_overridden_setting_is_lost_and_the_later_one_is_blamed(tmp_path):
    folder = _write(tmp_path, a=b"-e 2\n-b 10\n", b=b"-e 1\n-b 10\n")
    (lost,) = read_rules_dir(folder).lost
    assert (lost.origin.text, lost.by.text) == ("-e 2", "-e 1")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EvidenceError) as caught:
        read_rules_dir(str(tmp_path / "none"))
    assert caught.value.file == str(tmp_path / "none") and caught.value.remedy


def test_an_unreadable_file_is_named_and_never_skipped(tmp_path, monkeypatch):
    folder = _write(tmp_path, a=b"-D\n", b=b"-w /b\n")
    real_open = os.open

    def deny(path, *args, **kwargs):
        if os.fsencode(path).endswith(b"b.rules"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(rules_folder.os, "open", deny)
    with pytest.raises(EvidenceError) as caught:
        read_rules_dir(folder)
    assert caught.value.file.endswith("b.rules")
    assert "Permission denied" in str(caught.value)


def test_a_fifo_does_not_hold_the_reader(tmp_path):
    os.mkfifo(str(tmp_path / "a.rules"))
    with pytest.raises(EvidenceError, match="not a regular file"):
        read_rules_dir(str(tmp_path))


def test_a_file_that_a_link_to_dev_null_masks_says_nothing_and_stops_nobody(tmp_path):
    folder = _write(tmp_path, b=b"-w /b\n")
    os.symlink("/dev/null", os.path.join(folder, "a.rules"))
    merged = read_rules_dir(folder)
    assert (_texts(merged), merged.warnings) == (["-w /b"], ())


def test_the_files_of_a_folder_are_those_that_augenrules_reads(tmp_path):
    folder = _write(tmp_path, a10=b"ten", a9=b"nine")
    os.symlink("/dev/null", os.path.join(folder, "masked.rules"))
    os.symlink("/nowhere/at/all", os.path.join(folder, "lost.rules"))
    os.mkdir(os.path.join(folder, "c.rules"))
    assert list(read_files(folder).items()) == [("a9.rules", b"nine"), ("a10.rules", b"ten")]
    assert read_files(os.path.join(folder, "missing")) == {}


def test_a_folder_and_a_dangling_link_are_skipped_with_a_word(tmp_path):
    folder = _write(tmp_path, z=b"-w /z\n")
    os.mkdir(os.path.join(folder, "a.rules"))
    os.symlink("nowhere", os.path.join(folder, "b.rules"))
    merged = read_rules_dir(folder)
    assert _texts(merged) == ["-w /z"]
    assert [("a.rules" in w, "b.rules" in w) for w in merged.warnings] == [(True, False), (False, True)]


def test_a_file_of_absurd_size_is_refused_unread(tmp_path):
    path = tmp_path / "a.rules"
    with open(str(path), "wb") as file:
        file.truncate(rules_folder.MOST_BYTES + 1)
    with pytest.raises(EvidenceError, match="16 MiB"):
        read_rules_dir(str(tmp_path))


def test_ten_megabytes_are_read_in_two_seconds(tmp_path):
    rule = b"-a always,exit -F arch=b64 -F path=/etc/f%06d -F perm=wa -k key%06d\n"
    folder = _write(tmp_path, a=b"".join(rule % (n, n) for n in range(10000000 // len(rule % (0, 0)))))
    started = time.process_time()
    merged = read_rules_dir(folder)
    assert len(merged.lines) > 100000
    assert time.process_time() - started < 2 * 3  # three times the budget, for a busy machine


def test_an_unknown_awk_is_a_programming_error(tmp_path):
    with pytest.raises(ValueError):
        read_rules_dir(str(tmp_path), "perl")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_of_utf16_is_named_once(tmp_path, codec):
    folder = _write(tmp_path, a="-w /etc/passwd -p wa\n-w /etc/shadow -p wa\n".encode(codec))
    told = [warning for warning in read_rules_dir(folder).warnings if "UTF-16" in warning]
    assert told == [
        os.path.join(folder, "a.rules")
        + ": the file is UTF-16, of which auditctl reads next to nothing: save it as plain text (UTF-8)"
    ]


def test_a_nul_is_not_taken_for_utf16(tmp_path):
    (warning,) = read_rules_dir(_write(tmp_path, a=b"-w /etc/passwd\0 -p wa\n")).warnings
    assert warning.endswith("auditctl reads this line up to its first NUL byte only: take it out")


def test_carriage_returns_are_warned_of_where_auditctl_sees_them(tmp_path):
    dialect = Dialect((3, 0, 9))
    folder = _write(tmp_path, a=b"-w /etc/passwd\r\n")
    for version, warned in (((3, 0, 9), True), ((3, 1, 0), True), ((3, 1, 1), False), ((4, 2, 1), False)):
        merged = read_rules_dir(folder, version=version)
        load = simulate(merged.lines, dialect._replace(version=version))
        assert any("ends in a carriage return (CRLF)" in text for text in load.warnings) is warned
    # Nothing strips them where auditctl is given the file itself.
    merged = read_audit_rules(os.path.join(folder, "a.rules"), (4, 2, 1))
    assert any("CRLF" in text for text in simulate(merged.lines, Dialect()).warnings)


class TestAuditRules:
    @staticmethod
    def _file(tmp_path, mode=0o640, content=b"-D\n"):
        path = str(tmp_path / "audit.rules")
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        return path

    @pytest.mark.parametrize(
        "version, refused",
        [((2, 8, 5), True), ((3, 1, 1), True), ((3, 1, 2), False), ((4, 1, 3), False), ((4, 1, 4), True)],
    )
    def test_a_world_writable_file_is_refused_by_some_versions(self, tmp_path, version, refused):
        merged = read_audit_rules(self._file(tmp_path, 0o646), version)
        assert (merged.refused is not None) is refused
        if refused:
            assert "chmod o-w" in merged.refused.remedy

    def test_a_file_that_root_does_not_own(self, tmp_path, monkeypatch):
        path = self._file(tmp_path)
        real = os.fstat

        def other_owner(descriptor):
            values = list(real(descriptor))
            values[stat.ST_UID] = 1000
            return os.stat_result(values)

        monkeypatch.setattr(rules_folder.os, "fstat", other_owner)
        assert "root" in read_audit_rules(path, (3, 1, 1), installed=True).refused.reason
        assert read_audit_rules(path, (3, 1, 2), installed=True).refused is None
        copy = read_audit_rules(path, (3, 1, 1))
        assert copy.refused is None and "not owned by root" in copy.warnings[0]

    def test_nothing_is_hoisted_and_a_carriage_return_stays(self, tmp_path):
        merged = read_audit_rules(self._file(tmp_path, content=b"-e 2\r\n-D\n"), (4, 2, 1))
        assert _texts(merged) == ["-e 2\r", "-D"]

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(EvidenceError) as caught:
            read_audit_rules(str(tmp_path / "audit.rules"))
        assert caught.value.file.endswith("audit.rules")
        assert "augenrules makes it" in caught.value.message and "augenrules --load" in caught.value.remedy

    def test_a_link_that_leads_nowhere_is_called_one(self, tmp_path):
        os.symlink("nowhere", str(tmp_path / "audit.rules"))
        with pytest.raises(EvidenceError) as caught:
            read_audit_rules(str(tmp_path / "audit.rules"))
        assert "link that leads nowhere" in caught.value.message and "remove the link" in caught.value.remedy


class TestPieces:
    def test_a_line_that_fits_is_one(self):
        assert pieces(b"x" * LINE_BYTES) == ["x" * LINE_BYTES]

    def test_a_longer_line_is_several(self):
        assert [len(piece) for piece in pieces(b"x" * (2 * LINE_BYTES + 1))] == [LINE_BYTES, LINE_BYTES, 1]

    def test_a_nul_ends_the_piece(self):
        assert pieces(b"-w /etc\0 -k x") == ["-w /etc"]

    def test_blank_pieces_are_left_out(self):
        assert pieces(b"   ") == [] and pieces(b"\0-w /x") == []

    def test_texts_are_numbered_from_one(self):
        lines = from_texts(["-D\n", "", "-w /x", "# a block\n-w /y\n"], "rules")
        assert [line.origin for line in lines] == [
            Origin("rules", 1, "-D"),
            Origin("rules", 3, "-w /x"),
            Origin("rules", 4, "# a block"),
            Origin("rules", 5, "-w /y"),
        ]
