# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a refused line: the words to write, not a rule of grammar."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.listing import parse_listing
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import compact, nearest, shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import parse_status


def remedy(line, version=(3, 0, 9), machine="x86_64"):
    with pytest.raises(RuleError) as told:
        parse_line(line, Dialect(version, machine, (("root", 0),), (("root", 0),)), "x.rules", 7)
    return told.value.remedy


@pytest.mark.parametrize(
    "place", ["-a always,io_uring", "-a io_uring,always", "-A always,io_uring", "-a always,IO_URING"]
)
def test_io_uring_before_3_1(place):
    assert remedy(place + " -S openat").startswith("upgrade auditctl, which knows the list io_uring from 3.1 on, or ")


def test_the_lists_are_those_of_the_release():
    assert "exclude, filesystem)" in remedy("-a always,nowhere") and "from 3.1" not in remedy(
        "-a x,io_uring", (4, 2, 1)
    )
    assert "filesystem, io_uring)" in remedy("-a always,nowhere", (4, 2, 1))
    assert "there is no list entry" in remedy("-a always,entry", (4, 2, 1))


@pytest.mark.parametrize(
    "line, said",
    [
        ("-a always,entry -S open", "write `-a always,exit`: there is no list entry any more"),
        ("-a never,entry -S open", "write `-a never,exit`: there is no list entry any more"),
        ("-a ALWAYS,exit -S open", "write `-a always,exit`, in small letters."),
        ("-a exit -S open", "as in `-a always,exit`."),
        ("-A never -S open", "as in `-A never,exit`."),
        ("-w /x -k", "as in `-k identity`."),
        ("--signal", "as in `--signal usr1`."),
        ("-e 3", "write `-e 0`, `-e 1` or `-e 2`."),
        ("-f on", "write `-f 0`, `-f 1` or `-f 2`."),
        ("-b many", "as in `-b 8192`."),
        ("--backlog_wait_time 600001", "write `--backlog_wait_time 600000` or less"),
        ("-w /a -w /b", "write a line for each path: `-w /b`."),
        ("-a always,exit -w /a", "write `-F path=/a` for `-w /a`"),
        ("-w /a -F arch=b64", "write `-a always,exit -F arch=b64 -F path=/a -F perm=wa`"),
        ("-w ~/.ssh", "auditctl expands no ~"),
        ("-a always,exit -F arch=b64 -k x", "as in `-S execve -k x`."),
        ("-a always,exit -F ses=1", "did you mean sessionid?"),
        ("-a always,exit -F aiud>=1000", "did you mean auid?"),
        ("-a always,exit -F nothing_like_it=1", "auditctl(8) has them under -F"),
        ("-a always,exit -F arch=b64 -S opennat", "or did you mean openat?"),
        ("-a always,exit -F arch=b64 -S fchmodat2", "auditctl 3.0.9 is too old to know it."),
        ("-a always,exit -F arch=b64 -S zzz", "auditctl 3.0.9 does not know it on x86_64."),
        ("-a always,exit -F path!=/a", "`-a never,exit -F path=/a` on a line before it"),
        ("-a always,exit -F path=/a/", "write path=/a, or dir=/a/ for all that is in it."),
        ("-a always,exit -F path=/a -F dir=/b", "a rule for each of them"),
        ("-a always,exit -S open -F uid=unset", "auid alone can be unset."),
        ("-a always,exit -S open -F auid>unset", "write auid=unset or auid!=unset."),
        ("-a always,exit -S open -F uid&1", "write uid with =."),
        ("-a always,filesystem -F uid=0", "leave uid out"),
        ("-a always,exit -F success=yes", "write success=1 or success=0."),
        ("-a always,exit -F pid=x", "as in pid=1."),
        ("-a always,filesystem -F fstype=ext4", "`stat -f -c 0x%t DIRECTORY`"),
        ("-a always,exclude -F euid=0", "from 3.1 on"),
        ("-a always,user -F path=/a", "`-a always,exit`"),
        ("-a always,exit -F uid=nosuch", "create the user before the rules are loaded"),
    ],
)
def test_what_to_write(line, said):
    assert said in remedy(line)


def test_options_of_later_releases():
    assert "from 3.0 on" in remedy("--reset_backlog_wait_time_actual", (2, 8, 5))
    assert "saddr_fam" in remedy("-a always,exit -S connect -F saddr_fam=2", (2, 8, 5))


def test_arches_are_those_of_the_machine():
    assert remedy("-a always,exit -F arch=b64", machine="i386").startswith("write `-F arch=b32`, ")


def test_quotes_are_cut_and_spelt_out():
    assert shown("a\tb\ufeff") == "a\\tb\\ufeff"
    assert shown("x" * 200) == "x" * 200
    assert shown("x" * 201) == "x" * 199 + "\u2026"
    assert compact("no " + "x" * 900 + " here") == "no " + "x" * 199 + "\u2026 here"
    assert len(compact("x " * 900)) == 600
    assert len(str(Origin(None, 3, "x" * 900))) == 200


def test_the_nearest_name():
    assert nearest("opnat", ["open", "openat", "close"]) == "openat"
    assert nearest("zzz", ["open"]) == "" and nearest("o" * 99, ["o" * 99]) == ""


def test_listings_and_statuses_are_not_repeated_whole():
    with pytest.raises(RuleError) as told:
        parse_listing("x" * 5000, Dialect())
    assert len(told.value.message) < 300
    with pytest.raises(EvidenceError) as said:
        parse_status("x" * 5000)
    assert len(said.value.message) < 300
