# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the kernel is reached where rules change: netlink, and the host's auditctl. Tests put another in its place."""

import os
import subprocess
from typing import Callable, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import host, parent
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, kernel_write
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

_TIMEOUT = 300  # seconds; a rule takes milliseconds, one on a large directory longer


class Wire:
    """This host's kernel. Each request has a socket of its own, so that a forked process shares none."""

    def __init__(self, auditctl: Optional[str] = None, holds: Callable[[], Sequence[int]] = tuple) -> None:
        """Of this host.

        Args:
            auditctl: The program that adds rules; the one that is found.
            holds: Descriptors that are to stay open while that program runs: the lock that keeps other runs away.
        """
        self._auditctl, self._holds = auditctl, holds

    def payloads(self) -> List[bytes]:
        """The rules as the kernel lists them."""
        return kernel.list_payloads()

    def status(self) -> Status:
        """What ``auditctl -s`` shows."""
        return kernel.read_status()

    def boot_id(self) -> str:
        """What is another one after each boot (proc(5)).

        Raises:
            EvidenceError: it cannot be read.
        """
        found = host.boot_id()
        if found is None:
            raise EvidenceError("cannot be read", host.BOOT_ID, remedy="mount proc, and run on the host itself.")
        return found

    def add(self, payload: bytes) -> None:
        """See :meth:`.kernel_write.Writer.add`."""
        with kernel_write.Writer() as writer:
            writer.add(payload)

    def delete(self, payload: bytes) -> None:
        """See :meth:`.kernel_write.Writer.delete`."""
        with kernel_write.Writer() as writer:
            writer.delete(payload)

    def set_status(self, **values: int) -> None:
        """See :meth:`.kernel_write.Writer.set_status`."""
        with kernel_write.Writer() as writer:
            writer.set_status(**values)

    def make_loginuid_immutable(self) -> None:
        """See :meth:`.kernel_write.Writer.make_loginuid_immutable`."""
        with kernel_write.Writer() as writer:
            writer.make_loginuid_immutable()

    def load(self, path: str) -> Tuple[int, str]:
        """``auditctl -R path``: its exit code and all that it printed.

        Where this process is killed it ends too, or it would add rules while the next run undoes them; until it has,
        it has the lock.

        Raises:
            TrailError: there is no auditctl, it cannot be run, or it does not end.
        """
        program = self._auditctl or host.find_program("auditctl")
        if program is None:
            raise TrailError("there is no auditctl here", remedy="install the audit package.")
        me = os.getpid()
        try:
            # AnsibleModule.run_command ends the module where it fails, and no AnsibleModule comes here.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                [program, "-R", path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT,
                preexec_fn=lambda: parent.die_with(me),
                pass_fds=tuple(self._holds()),
                env=dict(os.environ, LC_ALL="C"),
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise TrailError(
                "auditctl could not load the rules: {0}".format(error), program, remedy="run auditctl -s by hand."
            ) from None
        return done.returncode, done.stdout.decode("utf-8", "replace").strip()
