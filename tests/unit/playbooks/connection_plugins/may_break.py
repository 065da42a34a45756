# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local connection that tells the stand-ins for modules which host they are, and breaks when one of them says so."""

import os

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: may_break
short_description: local, until a host goes down
description:
  - A host is down while there is a file with its name and .down in the folder STAND_IN_DIR.
  - Where the file says once, it is down for one use.
author: [the auditops.trail contributors]
options:
  pipelining:
    default: false
    type: bool
    vars: [{name: ansible_pipelining}]
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """As local, for one host."""

    transport = "may_break"

    def _see(self):
        host = self._play_context.remote_addr
        path = os.path.join(os.environ["STAND_IN_DIR"], host + ".down")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                once = "once" in file.read()
            if once:
                os.unlink(path)
            raise AnsibleConnectionFailure("nobody answers any more")
        return host

    def _connect(self):
        self._see()
        return super()._connect()

    def exec_command(self, cmd, in_data=None, sudoable=True):
        command = "STAND_IN_HOST={0} {1}".format(self._see(), cmd)
        return super().exec_command(command, in_data=in_data, sudoable=sudoable)

    def put_file(self, in_path, out_path):
        self._see()
        return super().put_file(in_path, out_path)

    def reset(self):
        self._see()
