# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process in the place of auditd."""

import contextlib
import os
import signal
import subprocess
import threading
import time


class Daemon:
    """A process in the place of auditd: it notes each SIGHUP, and ends on SIGTERM."""

    def __init__(self, folder):
        self.heard = folder / "heard"
        script = "trap 'echo HUP >> {0}' HUP; echo ready > {1}; while :; do sleep 0.1; done"
        ready = folder / "ready"
        self._process = subprocess.Popen(["sh", "-c", script.format(self.heard, ready)], start_new_session=True)
        until = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.02)
        self.pid = self._process.pid
        self._reaper = threading.Thread(target=self._process.wait, daemon=True)  # or its folder in /proc would stay
        self._reaper.start()

    def ended(self):
        self._reaper.join(5)
        return not self._reaper.is_alive()

    def signals(self):
        time.sleep(0.3)  # until the shell comes to its trap
        return self.heard.read_text().split() if self.heard.exists() else []

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._reaper.join(20)
