# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One question in one line, over files that exist on paper alone."""

from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Host, Solver
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import Entry, Mount, PathState

DIALECT = Dialect((3, 0, 9), "x86_64")

OBJECTS = {
    "/": Entry("dir", "8:1", 2, 20),
    "/bin": Entry("symlink", "8:1", 13, 1, "usr/bin"),
    "/etc": Entry("dir", "8:1", 100, 90),
    "/etc/group": Entry("file", "8:1", 101, 1),
    "/etc/passwd": Entry("file", "8:1", 102, 1),
    "/etc/shadow": Entry("file", "8:1", 103, 1),
    "/etc/linked": Entry("file", "8:1", 104, 2),
    "/etc/localtime": Entry("symlink", "8:1", 105, 1, "../usr/share/zone"),
    "/etc/ssh": Entry("dir", "8:1", 106, 2),
    "/etc/ssh/sshd_config": Entry("file", "8:1", 107, 1),
    "/etc/resolv.conf": Entry("file", "0:30", 7, 1),
    "/etcetera": Entry("dir", "8:1", 108, 2),
    "/merged": Entry("dir", "0:40", 1, 1),
    "/merged/file": Entry("file", "0:40", 2, 1),
    "/lower": Entry("dir", "8:1", 200, 2),
    "/lower/file": Entry("file", "8:1", 201, 1),
    "/mnt": Entry("dir", "8:1", 210, 2),
    "/mnt/etc": Entry("dir", "8:1", 100, 90),
    "/mnt/etc/passwd": Entry("file", "8:1", 102, 1),
    "/run": Entry("dir", "0:20", 1, 10),
    "/run/utmp": Entry("file", "0:20", 5, 1),
    "/srv": Entry("dir", "8:1", 300, 3),
    "/srv/known": Entry("file", "8:1", 104, 2),
    "/srv/data": Entry("dir", "8:2", 2, 3),
    "/srv/data/card": Entry("file", "8:2", 12, 1),
    "/usr": Entry("dir", "8:1", 400, 10),
    "/usr/bin": Entry("dir", "8:1", 401, 10),
    "/usr/bin/su": Entry("file", "8:1", 402, 1),
    "/usr/bin/sudo": Entry("file", "8:1", 403, 3),
    "/var": Entry("dir", "8:1", 500, 10),
    "/var/run": Entry("symlink", "8:1", 501, 1, "/run"),
}

MOUNTS = [
    Mount("/", "8:1", "/", "ext4"),
    Mount("/run", "0:20", "/", "tmpfs"),
    Mount("/srv/data", "8:2", "/", "xfs"),
    Mount("/mnt/etc", "8:1", "/etc", "ext4"),
    Mount("/merged", "0:40", "/", "overlay"),
    Mount("/etc/resolv.conf", "0:30", "/resolv", "tmpfs"),
]


def rule(line, number=1, file="10-base.rules", dialect=DIALECT):
    """One rule from a line."""
    return parse_line(line, dialect, file, number).rule


def host(**changes):
    """The host on paper."""
    return Host(**dict({"paths": PathState(OBJECTS, MOUNTS), "io_uring_disabled": 2}, **changes))


def load(lines, enabled=None, live=False):
    """A load of these lines, one rule each."""
    settings = {} if enabled is None else {"enabled": Setting(enabled, Origin("99-end.rules", 1, "-e 0"))}
    rules = tuple(rule(line, number) for number, line in enumerate(lines, 1))
    return Load(loaded=rules, settings=settings, live=live)


def ask(lines, requirement, enabled=None, live=False, dialect=DIALECT, **changes):
    """The coverage of one requirement by these rules."""
    return Solver(load(lines, enabled, live), host(**changes)).judge(rule(requirement, 1, "requirements", dialect))


def outcome(lines, requirement, **how):
    """The outcome alone."""
    return ask(lines, requirement, **how).outcome
