# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to hosts that have their answer ready: what is measured is the controller alone."""

import os

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: canned
short_description: answers each command with a file
description: [Takes what is sent, and gives the content of the file AUDITOPS_CANNED as the answer.]
author: [the auditops.trail contributors]
"""


class Connection(ConnectionBase):
    """Every command ends at once, with the one answer."""

    transport = "canned"
    has_pipelining = True

    def _connect(self):
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        with open(os.environ["AUDITOPS_CANNED"], "rb") as answer:
            return 0, answer.read(), b""

    def put_file(self, in_path, out_path):
        pass

    def fetch_file(self, in_path, out_path):
        pass

    def close(self):
        pass
