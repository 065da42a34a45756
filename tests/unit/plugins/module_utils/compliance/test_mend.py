# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remedies, tried as a reader takes them: the files are edited, loaded to where auditctl loads them, and judged."""

import json
import random

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.compliance.mend import AFTER_REBOOT, KERNEL
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.tests.unit import postures

FILE = "/etc/audit/rules.d/10.rules"
PATHS = postures.path_state(files=["/etc/passwd", "/etc/group"])
WATCHES = ("-w /etc/passwd -p wa", "-w /etc/group -p wa")
CHMOD = "-a never,exit -F arch=b64 -S chmod,fchmodat"
STOP = "-a always,exit -F arch=b64 -S chmod,fchmodat2 -k attributes"
REFUSED = evidence.on_disk(postures.posture([], [STOP], PATHS)).rejected[0]
TOLD = {"reason": REFUSED.reason, "remedy": REFUSED.remedy}


def judged(loaded, on_disk, record=WATCHES, version=(3, 0, 9), disk=None, **status):
    made = json.loads(json.dumps(postures.posture(loaded, on_disk, PATHS, version, status)))
    made["disk"].update(disk or {})
    controls = [{"id": "one", "record": list(record), "missing_path": "skip", "key": "k"}]
    return evaluate.judge(made, evaluate.plan(controls, "auto"))["one"]


def reloaded(on_disk, version=(3, 0, 9)):
    """What the kernel holds after a load of these lines."""
    return [rule.origin.text for rule in evidence.on_disk(postures.posture([], on_disk, PATHS, version)).loaded]


def followed(on_disk, steps):
    """The lines of the file after the steps that concern it; what is corrected is left out."""
    gone = {step["line"] for step in steps if step["do"] in ("correct", "remove") and step["file"] == FILE}
    kept = [line for number, line in enumerate(on_disk, 1) if number not in gone]
    return kept + [step["text"] for step in steps if step["do"] == "add"]


def places(result):
    return [(step["do"], step["line"]) for step in result["remedy"]]


def test_what_is_wrong_with_the_line_that_stops_the_load_is_told():
    step = judged(WATCHES[:1], [WATCHES[0], STOP, WATCHES[1]])["remedy"][0]
    assert step == dict(TOLD, do="correct", text=STOP, file=FILE, line=2)
    assert "fchmodat2" in step["reason"] and step["remedy"]


@pytest.mark.parametrize(
    "on_disk",
    [
        [WATCHES[0], STOP],
        [STOP],
        [WATCHES[0], STOP, CHMOD, "-a always,exit -S nosuchcall"],
        [CHMOD, STOP, WATCHES[0]],
        [CHMOD, WATCHES[0]],
        ["-e 0", WATCHES[0]],
        [WATCHES[0], "-a always,exclude -F msgtype=SYSCALL"],
        [STOP, *WATCHES],
        [],
    ],
)
def test_the_steps_mend_the_files_and_what_they_load(on_disk):
    result = judged(reloaded(on_disk), on_disk)
    mended = followed(on_disk, result["remedy"])
    assert judged(reloaded(mended), mended)["verdict"] == "pass"


def test_a_line_to_add_comes_after_the_correction_of_the_line_that_stops_the_load():
    on_disk = [WATCHES[0], STOP]
    result = judged(WATCHES[:1], on_disk)
    assert places(result) == [("remove", 2), ("add", None)]
    assert result["remedy"][0] == dict(TOLD, do="remove", text=STOP, file=FILE, line=2)
    assert "rule on disk" not in result["coverage"][1]["counterexample"]["because"]
    only_added = followed(on_disk, result["remedy"][1:])
    assert judged(reloaded(only_added), only_added)["verdict"] == "fail"


def test_each_line_that_would_stop_the_load_is_named():
    result = judged(WATCHES[:1], [WATCHES[0], STOP, "-a always,exit -S nosuchcall"])
    assert places(result) == [("remove", 2), ("remove", 3), ("add", None)]
    assert "nosuchcall" in result["remedy"][1]["reason"]


def test_a_rule_taken_out_of_the_kernel_asks_nothing_of_the_files():
    assert places(judged([CHMOD, *WATCHES], [])) == [("remove", 1)]


def test_a_never_rule_that_the_next_load_would_bring_is_taken_away_too():
    result = judged(WATCHES[:1], [CHMOD, WATCHES[0]])
    assert places(result) == [("remove", 1), ("add", None)]


@pytest.mark.parametrize(
    ("loaded", "on_disk", "steps"),
    [
        ([], WATCHES, [("load", 1), ("load", 2)]),
        (WATCHES[:1], WATCHES[:1], [("add", None), ("load", None)]),
        ([CHMOD, *WATCHES], [CHMOD, *WATCHES], [("remove", 1), ("load", None)]),
        (WATCHES[:1], [WATCHES[0], STOP], [("remove", 2), ("add", None), ("load", None)]),
    ],
    ids=["load", "add", "remove", "stop"],
)
def test_where_the_kernel_is_locked_a_reboot_is_what_loads(loaded, on_disk, steps):
    result = judged(loaded, on_disk, enabled=2)
    assert places(result) == steps
    assert {step["text"] for step in result["remedy"] if step["do"] == "load"} == {AFTER_REBOOT}


def test_where_the_kernel_is_locked_its_own_rules_go_with_the_reboot():
    result = judged([CHMOD, *WATCHES], WATCHES, enabled=2)
    assert [(step["do"], step["text"]) for step in result["remedy"]] == [("load", AFTER_REBOOT)] * 2


def test_a_rule_that_only_the_kernel_holds_is_taken_out_of_it_and_nothing_is_loaded():
    result = judged([CHMOD, *WATCHES], WATCHES)
    assert [(step["do"], step["file"]) for step in result["remedy"]] == [("remove", KERNEL)]
    assert [step["text"] for step in judged(WATCHES, WATCHES, enabled=0)["remedy"]] == ["auditctl -e 1"]


def test_what_is_on_disk_is_not_added_again_where_something_on_disk_defeats_it():
    on_disk = ["-a never,exit -S all -F uid=33", *WATCHES]
    result = judged([], on_disk)
    assert places(result) == [("remove", 1), ("load", None)]
    assert result["remedy"][1]["text"] == "augenrules --load"


def test_only_the_line_that_is_lacking_of_several_is_added():
    lines = [step["text"] for step in judged([], [], WATCHES[:1], version=(4, 0, 2))["remedy"]]
    assert len(lines) == 2
    for line in lines:
        result = judged([line], [line], WATCHES[:1], version=(4, 0, 2))
        assert [step["text"] for step in result["remedy"]] == [other for other in lines if other != line]


@pytest.mark.parametrize("kind", ["CWD", "PATH"])
def test_the_exclude_rule_that_drops_a_record_is_taken_away(kind):
    exclude = "-a always,exclude -F msgtype={0}".format(kind)
    whole = judged([exclude, *WATCHES], [exclude, *WATCHES])
    assert whole["verdict"] == "fail"
    assert places(whole) == [("remove", 1)]
    lacking = judged([exclude, WATCHES[0]], [exclude, WATCHES[0]])
    assert places(lacking) == [("remove", 1), ("add", None)]
    assert judged([], [exclude, *WATCHES])["remedy"][-1]["do"] == "load"
    needless = judged(["-a always,exclude -F msgtype=EXECVE", *WATCHES], [])
    assert needless["verdict"] == "pass" and needless["remedy"] == []


@pytest.mark.parametrize(
    ("disk", "said"),
    [
        ({}, "augenrules --load"),
        ({"loader": "auditctl"}, "auditctl -R /etc/audit/audit.rules"),
        ({"loader": "auditctl", "folder": "/srv/audit"}, "auditctl -R /srv/audit/audit.rules"),
        ({"loader": "make"}, "load the files of rules"),
    ],
)
def test_the_command_that_loads_is_the_one_of_the_hosts_service(disk, said):
    assert {step["text"] for step in judged([], WATCHES, disk=disk)["remedy"]} == {said}


NOISE = (
    CHMOD,
    STOP,
    "-a never,exit -S all -F uid=33",
    "-A never,exit -F path=/etc/group",
    "-a always,exclude -F msgtype=CWD",
    "-a never,task -F uid=0",
    "-e 0",
)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(30))
def test_no_line_is_refused_after_the_steps_and_all_is_covered(seed):
    draw = random.Random(seed)
    version = draw.choice([(2, 8, 5), (3, 0, 9), (3, 1, 3), (4, 0, 2), (4, 2, 1)])
    record = (*WATCHES, "-a always,exit -F arch=b64 -S sethostname -F auid>=1000")
    added = [step["text"] for step in judged([], [], record, version=version)["remedy"]]
    on_disk = [line for line in added if draw.random() < 0.5]
    for line in draw.sample(NOISE, draw.randrange(4)):
        on_disk.insert(draw.randrange(len(on_disk) + 1), line)
    loaded = draw.choice([[], reloaded(on_disk, version)])
    result = judged(loaded, on_disk, record, version=version)
    mended = followed(on_disk, result["remedy"])
    after = evidence.on_disk(postures.posture([], mended, PATHS, version))
    assert [(one.origin.text, one.reason) for one in after.rejected] == []
    assert judged(reloaded(mended, version), mended, record, version=version)["verdict"] == "pass"
