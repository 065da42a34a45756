# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the place of a role's modules: answers as a test has set it, one after the other, and keeps what it was asked.

The folder STAND_IN_DIR holds answers.json, lists of answers by what is asked; the last one of a list is given again.
"""

import json
import os
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    folder = os.environ["STAND_IN_DIR"]
    words = [given.get("state") or "present", given.get("name") or given["file"]] if "file" in given else ["look"]
    asked = "applied" if given.get("state") == "applied" else " ".join(words)
    if "audit" in given or "failure" in given:
        asked = "boot" if "audit" in given else "kernel"
    path = os.path.join(folder, "log")
    before = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as log:
            before = log.read().splitlines()
    with open(path, "a", encoding="utf-8") as log:
        log.write(asked + "\n")
    with open(os.path.join(folder, "given"), "a", encoding="utf-8") as log:
        log.write(json.dumps({"asked": asked, "given": given}) + "\n")
    with open(os.path.join(folder, "answers.json"), encoding="utf-8") as file:
        answers = json.load(file)[asked]
    print(json.dumps(answers[min(before.count(asked), len(answers) - 1)]))


# WANT_JSON: the arguments are a file of JSON.
main()
