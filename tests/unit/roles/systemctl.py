# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the place of systemctl: keeps what it was asked, and which drop-ins were there then."""

import glob
import os
import sys


def main():
    folder = os.environ["STAND_IN_DIR"]
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if words[0] in ("show", "is-enabled"):
        with open(os.path.join(folder, "unit"), encoding="utf-8") as file:
            sys.stdout.write(file.read() if words[0] == "show" else "enabled\n")
        return 0
    found = sorted(glob.glob(os.path.join(folder, "units", "*", "*.conf")))
    held = " ".join(os.path.basename(os.path.dirname(path)) for path in found)
    with open(os.path.join(folder, "log"), "a", encoding="utf-8") as log:
        log.write("systemctl {0}{1}\n".format(words[0], " without " + held if held else ""))
    if os.path.exists(os.path.join(folder, "fails " + words[0])):
        sys.stderr.write("Job for auditd.service failed\n")
        return 1
    return 0


sys.exit(main())
