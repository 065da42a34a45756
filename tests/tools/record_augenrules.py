# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what real augenrules scripts make of nasty rules folders, for the golden tests of rules/ondisk.py.

    python3 tests/tools/record_augenrules.py VERSION=SCRIPT... --awk KIND=PROGRAM... < old.json > new.json

Needs root. Each run happens in a mount namespace of its own in which a scratch
folder stands at /etc/audit and PROGRAM at /usr/bin/awk; nothing is loaded. The
cases (``name``, ``files``: name to content in latin-1, or ``{"link": target}``,
``{"folder": true}``) are read from standard input and written back with
``merged``: for each ``VERSION/KIND`` the lines of the audit.rules that came out,
and ``sha256``: the digest of the whole file.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile

INSIDE = (
    'mount --bind "$1" /etc/audit && if [ -n "$3" ]; then mount --bind "$3" "$(readlink -f /usr/bin/awk)"; fi'
    ' && exec sh "$2"'
)


def make_folder(case, folder):
    os.mkdir(folder)
    for name, content in case["files"].items():
        path = os.path.join(os.fsencode(folder), name.encode("latin-1"))
        if isinstance(content, str):
            with open(path, "wb") as file:
                file.write(content.encode("latin-1"))
        elif "link" in content:
            os.symlink(content["link"], path)
        else:
            os.mkdir(path)


def run(case, script, awk):
    with tempfile.TemporaryDirectory() as scratch:
        make_folder(case, os.path.join(scratch, "rules.d"))
        subprocess.run(
            ["unshare", "--mount", "sh", "-c", INSIDE, "sh", scratch, script, awk],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            cwd="/",
        )
        with open(os.path.join(scratch, "audit.rules"), "rb") as file:
            text = file.read()
    # The first line is the script's own heading.
    lines = [line.decode("latin-1") for line in text.split(b"\n")[1:] if line]
    return lines, hashlib.sha256(text).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scripts", nargs="+", metavar="VERSION=SCRIPT")
    parser.add_argument("--awk", action="append", default=[], metavar="KIND=PROGRAM")
    arguments = parser.parse_args()
    cases = json.load(sys.stdin)
    for case in cases:
        case["merged"], case["sha256"] = {}, {}
        for item in arguments.scripts:
            version, _sign, script = item.partition("=")
            for chosen in arguments.awk:
                kind, _sign, program = chosen.partition("=")
                release = "{0}/{1}".format(version, kind)
                case["merged"][release], case["sha256"][release] = run(case, script, program)
    json.dump(cases, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
