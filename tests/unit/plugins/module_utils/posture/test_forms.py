# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a posture: the example with one value changed is taken only where the change could be a host's."""

import copy
import json
import os
import re

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms

VALUES = (None, "x", 7, -1, 1e99, [], {}, True, [[]], {"a": 1})
NEVER = (-1, 1e99, [[]])
"""What no place of a posture holds, but for these:"""
MEASURED = re.compile(r"(.*_days|.*_percent|.*_seconds|privileged\.seconds|shipping\.queue_fill)\Z")
"""A measure can be any size; an offset can be below nothing as well."""
CONFIGURED = re.compile(r"config\.(auditd|remote)\.values\.\w+\Z")
"""What a configuration file says is a number of any kind, a word, yes or no."""
CONTROLS = [{"id": "one", "record": ["-w /etc/passwd -p wa"], "missing_path": "skip", "key": None}]


@pytest.fixture(scope="module")
def example():
    # Not the fixture `repository`: this one is of the module.
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, *([os.pardir] * 5 + ["docs", "examples", "gaps.json"])), encoding="ascii") as file:
        return json.load(file)


def places(value, steps=()):
    """The steps to each value below this one; of a list the first and the last item."""
    inside = []
    if isinstance(value, dict):
        inside = sorted(value)
    elif isinstance(value, list):
        inside = sorted({0, len(value) - 1}) if value else []
    for step in inside:
        yield steps + (step,)
        yield from places(value[step], steps + (step,))


def spelled(steps):
    said = ""
    for step in steps:
        name = step if isinstance(step, int) or step.isidentifier() else json.dumps(step)
        said += "[{0}]".format(name) if isinstance(step, int) else "." + name
    return said.lstrip(".")


def holder(document, steps):
    for step in steps[:-1]:
        document = document[step]
    return document


def parts(example):
    """The example part by part, with the lists cut: what is asked of one item is asked of all."""
    cut = copy.deepcopy(example)
    cut["rules"]["loaded"] = cut["rules"]["loaded"][:2]
    cut["disk"]["rules"] = cut["disk"]["rules"][:2]
    names = ("/etc", "/etc/passwd", "/etc/cron.allow")
    cut["paths"]["objects"] = {name: cut["paths"]["objects"][name] for name in names}
    return cut


def could_be(place, value):
    if value == -1:
        dated_ahead = place.startswith("clock.") or place == "logs.newest_age_days"
        return dated_ahead or CONFIGURED.match(place) is not None
    return value == 1e99 and MEASURED.match(place) is not None


def test_the_example_is_taken(example):
    forms.check(example)


def test_each_value_is_refused_by_its_place_or_could_be_a_hosts(example):
    cut = parts(example)
    taken = 0
    for steps in places(cut):
        if steps[0] == "posture_version":  # evidence.check_version
            continue
        alone = {name: cut[name] for name in ("posture_version", steps[0])}  # the other parts are as they were
        at, last = holder(alone, steps), steps[-1]
        kept = at[last]
        for value in VALUES:
            at[last] = value
            try:
                forms.check(alone)
            except EvidenceError as told:
                assert told.message.startswith(spelled(steps))
                assert told.remedy
            else:
                taken += 1
                assert value not in NEVER or could_be(spelled(steps), value), (spelled(steps), value)
        at[last] = kept
    assert taken


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("rules", "loaded", 0, "prepend"), "x"),
        (("rules", "loaded", 0, "conditions", 0, "value"), 2**32),
        (("rules", "loaded", 0, "text"), None),
        (("disk", "stopped_at", "file"), []),
        (("disk", "rejected", 0, "reason"), 7),
        (("disk", "settings", "failure", "value"), True),
        (("paths", "objects", "/etc/passwd", "type"), "x"),
        (("paths", "objects", "/etc/passwd", "device"), ""),
        (("paths", "mounts", 0, "since_rules"), "x"),
        (("paths", "mounts", 0, "point"), "x"),
        (("host", "io_uring_disabled"), 1),
        (("host", "kernel"), "x"),
        (("status", "lost"), 0.0),
    ],
)
def test_no_verdict_rests_on_what_no_host_has(example, steps, value):
    made = copy.deepcopy(example)
    holder(made, steps)[steps[-1]] = value
    with pytest.raises(EvidenceError) as told:
        evaluate.judge(made, evaluate.plan(CONTROLS, "auto"))
    assert told.value.message.startswith(spelled(steps) + " is ")


@pytest.mark.parametrize(
    "change",
    [
        {"compare": "x", "op": "=", "with": "uid"},
        {"field": "f9x", "op": "=", "value": 1},
        {"field": "success", "op": "&", "value": 1},
        {"field": "path", "op": "=", "value": "etc/passwd"},
    ],
)
def test_a_condition_that_no_kernel_has_is_refused(example, change):
    made = copy.deepcopy(example)
    made["rules"]["loaded"][1]["conditions"] = [change]
    with pytest.raises(EvidenceError, match=r"^rules\.loaded\[1\]\.conditions\[0\]\."):
        forms.check(made)


@pytest.mark.parametrize(
    "taken", [("a1", "&", 3), ("f114", "&=", 3), ("exe", "!=", "/bin/sh"), ("exit", "<", 2**32 - 1)]
)
def test_a_condition_that_some_kernel_has_is_taken(example, taken):
    made = copy.deepcopy(example)
    made["rules"]["loaded"][1]["conditions"] = [dict(zip(("field", "op", "value"), taken))]
    forms.check(made)


def test_a_link_leads_somewhere(example):
    made = copy.deepcopy(example)
    made["paths"]["objects"]["/etc/passwd"]["type"] = "symlink"
    with pytest.raises(EvidenceError, match='target is "", and not a path'):
        forms.check(made)
