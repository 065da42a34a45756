# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that ends with its parent, which a test of auditctl (deploy/test_wire.py) shows; and one that has none."""

import os

from ansible_collections.auditops.trail.plugins.module_utils import parent


def in_child(pid):
    """The exit code of a child that ends with the process of this pid, and then says 7."""
    child = os.fork()
    if not child:
        try:
            parent.die_with(pid)
            os._exit(7)
        finally:
            os._exit(8)
    return os.waitpid(child, 0)[1] >> 8


def test_a_process_whose_parent_has_ended_before_it_could_ask_ends_at_once():
    assert in_child(os.getpid()) == 7
    assert in_child(os.getppid()) == 1
