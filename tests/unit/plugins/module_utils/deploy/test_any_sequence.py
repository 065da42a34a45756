# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads, commits and roll backs in any order, any of them killed, with boots in between: always whole."""

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.auditops.trail.plugins.module_utils.deploy import transaction
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import hosts

NAMES = ("10-base.rules", "20-foreign.rules", "40-link.rules", "50-ours.rules", "\udcff.rules")
RULES = st.lists(st.sampled_from("abcdwxyz"), max_size=4, unique=True).map(
    lambda names: "".join(n + "\n" for n in names)
)
LOADS = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.none(), RULES), min_size=1, max_size=4)
ACTIONS = st.one_of(LOADS, st.sampled_from(["commit", "roll_back", "boot"]))
# The number of the moment at which it is killed; more than there are: not at all.
MOMENTS = st.one_of(st.just(0), st.integers(1, 130))


def _work(host, action):
    """The action as a function of ``step``; None where there is nothing to act on."""
    if isinstance(action, dict):
        change = host.change(action, lock=False, finalize={})
        return lambda step: transaction.load(change, host.kernel, host.store, step=step)
    held = transaction.latest(host.store)
    if held is None:
        return None
    act = getattr(transaction, action)
    return lambda step: act(held["id"], host.kernel, host.store, step=step)


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(ACTIONS, MOMENTS, st.booleans()), min_size=1, max_size=6))
def test_files_and_kernel_are_whole_after_every_action(steps):
    with contextlib.contextmanager(hosts.folders)() as folder:
        host = hosts.fresh(folder)
        for action, moment, boots in steps:
            if action == "boot":
                host.reboot()
                continue
            work = _work(host, action)
            if work is None:
                continue
            before, held = host.whole(), transaction.latest(host.store)
            if moment:
                hosts.killed_at(moment, work)
            else:
                work(None)
            if boots:
                host.reboot()
            host.recover()
            assert host.recover() is None
            after, now = host.whole(), transaction.latest(host.store)
            assert host.lines() == after[1]
            if isinstance(action, dict):
                loaded = now is not None and (held is None or now["id"] != held["id"])
                if loaded:
                    for name, text in action.items():
                        found = hosts.files.look(host.path(name)).data
                        assert found == (None if text is None else text.encode())
                else:
                    assert after[0] == before[0]
            elif action == "commit":
                assert after[0] == before[0] and now["id"] == held["id"]
            elif now is None or now["id"] != held["id"]:
                for path, kept in transaction.kept_from_plain(held["before"]["files"]).items():
                    assert hosts.files.same(hosts.files.look(path), kept)
            else:
                assert after[0] == before[0]
