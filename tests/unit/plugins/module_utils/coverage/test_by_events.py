# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules without objects against a second opinion: every event of a small world, first match in load order."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.coverage.asking import ask

AUIDS = (0, 1, 999, 1000, 1001, 4294967294, 4294967295)
CALLS = ("unlink", "rename", "setuid")
ARCHES = ("b64", "b32")
WORLD = [
    {"arch": arch, "call": call, "auid": auid, "uid": uid, "ok": ok}
    for arch, call, auid, uid, ok in product(ARCHES, CALLS, AUIDS, (0, 1, 1000, 2000), (True, False))
]
TESTS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


@st.composite
def plain(draw):
    """(text, predicate)"""
    arch = draw(st.sampled_from(ARCHES))
    calls = draw(st.lists(st.sampled_from(CALLS), min_size=1, unique=True))
    parts, checks = ["-F arch=" + arch, "-S " + ",".join(calls)], []
    for name in draw(st.lists(st.sampled_from(("auid", "uid")), max_size=2)):
        op, value = draw(st.sampled_from(sorted(TESTS))), draw(st.sampled_from(AUIDS[:-1]))
        parts.append("-F {0}{1}{2}".format(name, op, value))
        checks.append((name, op, value))
    result = draw(st.sampled_from((None, None, "0", "1")))
    if result:
        parts.append("-F success=" + result)

    def holds(event):
        if event["arch"] != arch or event["call"] not in calls:
            return False
        if result and event["ok"] is not (result == "1"):
            return False
        return all(TESTS[op](event[name], value) for name, op, value in checks)

    return " ".join(parts), holds


rules = st.lists(
    st.tuples(st.sampled_from(("-a", "-a", "-A")), st.sampled_from(("always", "always", "never")), plain()), max_size=6
)


@pytest.mark.exhaustive
@settings(max_examples=300)
@given(rules, plain())
def test_as_event_by_event(drawn, wanted):
    text, demanded = wanted
    order = []
    for flag, action, (_text, holds) in drawn:
        order.insert(0 if flag == "-A" else len(order), (action, holds))

    def recorded(event):
        return next((action == "always" for action, holds in order if holds(event)), False)

    asked = [event for event in WORLD if demanded(event)]
    kept = [event for event in asked if recorded(event)]
    if not asked:
        return  # the requirement lies between the points of the small world, or demands nothing
    answer = ask(
        ["{0} {1},exit {2}".format(flag, action, body) for flag, action, (body, _h) in drawn], "-a always,exit " + text
    )
    if answer.outcome == "covered":
        assert len(kept) == len(asked)
    elif answer.outcome in ("uncovered", "defeated"):
        assert not kept
    if answer.outcome == "defeated":
        assert any(action == "always" for _flag, action, _rule in drawn)
    shown = answer.counterexample
    if shown is not None:
        event = {
            "arch": shown["arch"],
            "call": shown["syscall"],
            "auid": shown["auid"],
            "uid": shown["uid"],
            "ok": shown.get("exit") is None or shown["exit"] >= 0,
        }
        alike = [event] if "exit" in shown else [dict(event, ok=True), dict(event, ok=False)]
        assert any(demanded(each) and not recorded(each) for each in alike)
    # With every boundary value in the world, a full or empty harvest is the whole answer.
    if len(kept) == len(asked):
        assert answer.outcome in ("covered", "partial")
    elif kept:
        assert answer.outcome == "partial"
    else:
        assert answer.outcome in ("uncovered", "defeated", "partial")
