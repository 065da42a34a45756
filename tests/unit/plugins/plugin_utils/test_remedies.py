# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines to paste, in a file for each host."""

import os
import stat

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import remedies  # noqa: E402

pytestmark = pytest.mark.controller
ADD = {"do": "add", "text": "-w /a -p wa -k k"}
NEVER = {"do": "remove", "text": "-a never,exit -S all", "file": "/r", "line": 3}


def fleet(**hosts):
    made = []
    for name, steps in hosts.items():
        controls = [
            {"id": "x", "verdict": "fail", "remedy": list(steps)},
            {"id": "y", "verdict": "fail", "remedy": list(steps)},
            {"id": "z", "verdict": "error", "remedy": [{"do": "advise", "text": "become root"}]},
        ]
        made.append({"host": name, "finished": "2026-11-22T09:00:01Z", "controls": controls})
    return {"results": made}


def test_each_line_is_there_once_and_the_rest_are_comments(tmp_path):
    remedies.write(str(tmp_path), fleet(web1=[NEVER, ADD]))
    path = tmp_path / "remedies" / "web1.rules"
    lines = path.read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [ADD["text"]]
    assert lines[-2] == "# x"
    assert "#   x, y: remove /r:3, or move it behind the rules that it hides" in lines
    assert "become root" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_host_without_lines_has_no_file_and_those_of_earlier_runs_go(tmp_path):
    remedies.write(str(tmp_path), fleet(web1=[ADD], web2=[ADD]))
    mine = tmp_path / "remedies" / "mine.rules"
    mine.write_text("-w /mine\n")
    remedies.write(str(tmp_path), fleet(web1=[NEVER], web3=[ADD]))
    assert sorted(os.listdir(str(tmp_path / "remedies"))) == ["mine.rules", "web3.rules"]


def test_a_command_is_no_line_and_what_locks_the_rules_comes_last(tmp_path):
    lock = {"do": "advise", "text": "-e 2 (as the last line of the rules)"}
    command, locked = {"do": "add", "text": "auditctl -e 1"}, {"do": "add", "text": "-e 2"}
    remedies.write(str(tmp_path), fleet(web1=[lock, command, locked, ADD]))
    lines = (tmp_path / "remedies" / "web1.rules").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [ADD["text"]]
    assert "#   x, y: run auditctl -e 1" in lines
    assert lines[-2:] == ["#   x, y: -e 2 (as the last line of the rules)", "#   x, y: -e 2"]
    assert lines.index(ADD["text"]) == len(lines) - 4


def test_a_comment_stays_one_line(tmp_path):
    odd = dict(NEVER, file="/a\n-e 0\x1b")
    remedies.write(str(tmp_path), fleet(web1=[odd, ADD]))
    lines = (tmp_path / "remedies" / "web1.rules").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [ADD["text"]]


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("/home/u/x\r-D", "/home/u/x\\r-D"),
        ("/home/u/\u202ex", "/home/u/\\u202ex"),
        ("/a\n-a never,task", "/a\\n-a never,task"),
    ],
)
def test_a_line_with_what_nobody_sees_is_no_line_to_paste(tmp_path, path, spelled):
    odd = {"do": "add", "text": f"-w {path} -p x -k k"}
    remedies.write(str(tmp_path), fleet(web1=[odd, ADD]))
    text = (tmp_path / "remedies" / "web1.rules").read_text()
    assert [line for line in text.split("\n") if line and not line.startswith("#")] == [ADD["text"]]
    assert all(line.isprintable() for line in text.split("\n"))
    assert f"(here spelled out): -w {spelled} -p x -k k" in text


@pytest.mark.parametrize(
    ("loading", "said"),
    [
        (
            {"loader": "augenrules", "into": "/etc/audit/rules.d", "command": "augenrules --load", "locked": False},
            "# They go into a file in /etc/audit/rules.d; augenrules --load loads them.",
        ),
        (
            {"loader": "auditctl", "into": "/e/audit.rules", "command": "auditctl -R /e/audit.rules", "locked": False},
            "# They go to the end of /e/audit.rules, above an -e line; auditctl -R /e/audit.rules loads them.",
        ),
        (
            {"loader": "auditctl", "into": "/e/audit.rules", "command": "auditctl -R /e/audit.rules", "locked": True},
            (
                "# They go to the end of /e/audit.rules, above an -e line; the kernel's rules are locked, so that only"
                " a reboot loads them."
            ),
        ),
        (
            None,
            (
                "# They go where the host's rules are loaded from: a file in /etc/audit/rules.d (augenrules --load"
                " loads them), or /etc/audit/audit.rules (auditctl -R)."
            ),
        ),
    ],
)
def test_the_head_says_where_the_lines_go_on_this_host(tmp_path, loading, said):
    made = fleet(web1=[ADD])
    made["results"][0]["loading"] = loading
    assert remedies.text_for(made["results"][0]).splitlines()[1] == said


def test_nothing_to_write_makes_no_folder(tmp_path):
    remedies.write(str(tmp_path), fleet(web1=[]))
    assert os.listdir(str(tmp_path)) == []
