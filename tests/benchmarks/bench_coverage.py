# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What coverage costs: rules × requirements in CPU seconds and peak memory, and how both grow.

The rule set is what a large fleet's might be: watches, directory rules,
commands and system calls by ranges of login uids for both kinds of call,
denied accesses, a few never and exclude rules. The requirements are of every
kind and outcome. Each row is a process of its own, so that its peak memory is
its own. Figures are printed and never asserted: they say as much about the
machine as about the code.
"""

import json
import resource
import subprocess
import sys
import time
from collections import Counter
from typing import Any, Dict, List, Optional

SIZES = (500, 1000, 2000, 5000)
REQUIREMENTS = 200
RUNS = 3
"""Of the first row; the least of them is shown. The others are made once."""
NEVERS = 10
MORE_NEVERS = (0, 5, 20, 40)

_PERSON = "-F auid>=1000 -F auid!=unset"
_OUTCOMES = ("covered", "partial", "uncovered", "defeated", "unknown")
_SHAPE = "{0:>6} {1:>5} {2:>5} {3:>8} {4:>8} {5:>8} {6:>8} {7:>11} {8:>8}   {9}"


def rule_lines(count: int, nevers: int) -> List[str]:
    """The rule set, in load order: what is suppressed comes first, as in the rule files people publish."""
    excludes = ["-a always,exclude -F msgtype={0}".format(name) for name in ("CRYPTO_KEY_USER", "BPF", "EOE")]
    suppressed = []
    for number in range(nevers):
        group, kind = divmod(number, 2)
        text = ("-F path=/etc/app{0}/conf0", "-F arch=b64 -S adjtimex -F auid={0}")[kind]
        suppressed.append("-a never,exit " + text.format(group + 500 * kind))
    rules: List[str] = []
    number = 0
    while len(excludes) + len(suppressed) + len(rules) < count:
        group, kind = divmod(number, 48)
        arch = ("b64", "b32")[number % 2]
        if kind < 18:
            rules.append("-w /etc/app{0}/conf{1} -p wa -k etc_app{0}".format(group, kind))
        elif kind < 32:
            rules.append("-a always,exit -F path=/usr/bin/cmd{0}_{1} -F perm=x {2} -k cmd".format(group, kind, _PERSON))
        elif kind < 38:
            rules.append("-a always,exit -F dir=/srv/data{0}/part{1} -F perm=wa -k data".format(group, kind))
        elif kind < 46:
            calls = ("chmod,fchmod,fchmodat", "chown,lchown,fchownat", "unlink,unlinkat,rename", "mount,umount2")
            low = 1000 + 50 * group
            rules.append(
                "-a always,exit -F arch={0} -S {1} -F auid>={2} -F auid<={3} -k calls".format(
                    arch, calls[(kind - 38) // 2], low, low + 49
                )
            )
        else:
            code = ("EACCES", "EPERM")[kind - 46]
            rules.append(
                "-a always,exit -F arch=b32 -S open,openat,truncate -F exit=-{0} -F uid={1} -k denied".format(
                    code, 3000 + group
                )
            )
        number += 1
    return excludes + suppressed + rules


def requirement_lines(count: int, rules: int) -> List[str]:
    """The requirements, spread over the whole rule set."""
    groups = max(1, rules // 48 - 1)
    found = []
    for number in range(count):
        turn, kind = divmod(number, 10)
        group = (turn * 7919) % groups
        found.append(
            (
                "-w /etc/app{0}/conf3 -p wa".format(group),
                "-a always,exit -F arch=b64 -S execve -F path=/usr/bin/cmd{0}_20 {1}".format(group, _PERSON),
                "-w /srv/data{0}/part36/sub/file -p wa".format(group),
                "-a always,exit -F arch=b64 -S chmod {0}".format(_PERSON),
                "-w /etc/app{0}/conf0 -p wa".format(turn % 5),
                "-w /etc/other{0} -p wa".format(group),
                "-w /etc/app{0}/conf1 -p rwxa".format(group),
                "-a always,exit -F arch=b64 -S adjtimex,settimeofday",
                "-a always,exit -F dir=/srv/data{0}/part35 -F perm=wa".format(group),
                "-a always,exit -F arch=b32 -S open,openat -F exit=-EACCES -F uid={0}".format(3000 + group),
            )[kind]
        )
    return found


def evidence(lines: List[str]) -> Dict[str, Any]:
    """A path state in which everything that the lines name exists, on two filesystems."""
    objects: Dict[str, Dict[str, Any]] = {}
    mounts = [
        {"point": "/", "device": "8:1", "root": "/", "fstype": "ext4", "since_rules": "before"},
        {"point": "/srv", "device": "8:2", "root": "/", "fstype": "xfs", "since_rules": "before"},
    ]
    for line in lines:
        for word in line.replace("path=", " ").replace("dir=", " ").split():
            parts = word.split("/")
            for end in range(2, len(parts) + 1) if word.startswith("/") else ():
                is_dir = end < len(parts) or "part" in parts[-1] or parts[-1] == "bin"
                path = "/".join(parts[:end])
                device = "8:2" if path.startswith("/srv") else "8:1"
                entry = {"type": "dir" if is_dir else "file", "device": device, "inode": len(objects) + 2, "links": 1}
                if not is_dir:
                    entry["runs"] = ""
                objects.setdefault(path, entry)
    return {"objects": objects, "mounts": mounts}


def measure(rules: int, requirements: int, nevers: int) -> Dict[str, Any]:
    """One row: CPU seconds of this process, its peak memory in MB, the outcomes."""
    from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Host, Solver
    from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
    from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
    from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
    from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

    dialect = Dialect((3, 0, 9), "x86_64")
    texts, asked = rule_lines(rules, nevers), requirement_lines(requirements, rules)
    state = PathState.from_dict(evidence(texts + asked))
    started = time.process_time()
    loaded = tuple(parse_line(text, dialect, "big.rules", number).rule for number, text in enumerate(texts, 1))
    wanted = [parse_line(text, dialect, "requirements", number).rule for number, text in enumerate(asked, 1)]
    parsed = time.process_time()
    solver = Solver(Load(loaded=loaded), Host(paths=state, io_uring_disabled=2))
    prepared = time.process_time()
    outcomes = Counter(solver.judge(rule).outcome for rule in wanted)
    judged = time.process_time()
    return {
        "rules": len(loaded),
        "nevers": nevers,
        "requirements": len(wanted),
        "parse": parsed - started,
        "prepare": prepared - parsed,
        "judge": judged - prepared,
        "total": judged - started,
        # ru_maxrss is in kilobytes on Linux, getrusage(2).
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        "outcomes": outcomes,
    }


def in_a_process(rules: int, requirements: int, nevers: int) -> Dict[str, Any]:
    """measure(), in a fresh interpreter."""
    command = [sys.executable, __file__, "--row", str(rules), str(requirements), str(nevers)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(answer.decode())


def line(row: Dict[str, Any], above: Optional[Dict[str, Any]]) -> str:
    """One row as text, with its growth against the row above: in CPU time and, after the slash, in rules."""
    growth = ""
    if above is not None:
        growth = "×{0:.1f}/×{1:.1f}".format(row["total"] / above["total"], row["rules"] / above["rules"])
    outcomes = ", ".join("{0} {1}".format(row["outcomes"][o], o) for o in _OUTCOMES if row["outcomes"].get(o))
    figures = ["{0:.3f}".format(row[name]) for name in ("parse", "prepare", "judge", "total")]
    cells = [row["rules"], row["nevers"], row["requirements"], *figures, growth, "{0:.0f}".format(row["memory"])]
    return _SHAPE.format(*cells, outcomes)


def main() -> int:
    """Print the tables, or one row as JSON for them."""
    if sys.argv[1:2] == ["--row"]:
        print(json.dumps(measure(*(int(word) for word in sys.argv[2:]))))
        return 0
    titles = ("rules", "never", "asked", "parse", "prepare", "judge", "CPU s", "growth", "peak MB", "outcomes")
    first = min((in_a_process(SIZES[0], REQUIREMENTS, NEVERS) for _run in range(RUNS)), key=lambda row: row["total"])
    print("growth with the number of rules\n" + _SHAPE.format(*titles))
    print(line(first, None), flush=True)
    above = first
    for size in SIZES[1:]:
        row = in_a_process(size, REQUIREMENTS, NEVERS)
        print(line(row, above), flush=True)
        above = row
    print("\nand with the number of never rules, which every call with two names may meet\n" + _SHAPE.format(*titles))
    for nevers in MORE_NEVERS:
        print(line(in_a_process(SIZES[0], REQUIREMENTS, nevers), None), flush=True)
    print(
        "\n{0} rules × {1} requirements: {2:.2f} s of CPU (target 1), {3:.0f} MB (target 100)".format(
            first["rules"], first["requirements"], first["total"], first["memory"]
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
