# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to hosts that never answer, so that no test waits for a network."""

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: nobody_answers
short_description: never connects
description: [Fails as an unreachable host does.]
author: [the auditops.trail contributors]
"""


class Connection(ConnectionBase):
    """Every use of it fails as a host does that is switched off."""

    transport = "nobody_answers"
    has_pipelining = True

    def _connect(self):
        raise AnsibleConnectionFailure("nobody answers")

    def exec_command(self, cmd, in_data=None, sudoable=True):
        self._connect()

    def put_file(self, in_path, out_path):
        self._connect()

    def fetch_file(self, in_path, out_path):
        self._connect()

    def close(self):
        pass
