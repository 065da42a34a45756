# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the place of config/pending.py's Moments: a host on which it is always 100 s after its boot."""


class Moments:
    def __init__(self, started=50.0, booted="one"):
        self._started, self._booted = started, booted

    def boot(self):
        return self._booted

    def now(self):
        return 100.0

    def daemon(self):
        return self._started
