# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One value of a line put in place of another, and nothing else of it touched."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.settings.line import OPTIONS, with_value, written

DIALECT = Dialect(version=(3, 0, 9), users=(), groups=())


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        (b"-b 64", "backlog_limit", b"-b 7"),
        (b"-b64", "backlog_limit", b"-b7"),
        (b"  -b   64  ", "backlog_limit", b"  -b   7  "),
        (b"-b 64\r", "backlog_limit", b"-b 7\r"),
        (b"-b64\r", "backlog_limit", b"-b7\r"),
        (b"-b 1 -b 2", "backlog_limit", b"-b 1 -b 7"),
        (b"-b 64 -f 1", "failure", b"-b 64 -f 7"),
        (b"-b 64 -f 1", "backlog_limit", b"-b 7 -f 1"),
        (b"-r 0", "rate_limit", b"-r 7"),
        (b"-e 2", "enabled", b"-e 7"),
        (b"--backlog_wait_time 60000", "backlog_wait_time", b"--backlog_wait_time 7"),
        (b"--backlog_wait_time=60000 -r 1", "backlog_wait_time", b"--backlog_wait_time=7 -r 1"),
        (b"--backlog_w 60000", "backlog_wait_time", b"--backlog_w 7"),
        (b"-b", "backlog_limit", None),
        (b"-D", "backlog_limit", None),
        (b"--reset-lost", "backlog_wait_time", None),
        (b"", "enabled", None),
    ],
)
def test_the_value_changes_and_no_other_byte(line, name, expected):
    assert with_value(line, name, 7) == expected


@pytest.mark.parametrize("name", sorted(OPTIONS))
@pytest.mark.parametrize("form", ["{0} {1}", "{0}{1}", "{0}={1}"])
def test_what_auditctl_takes_it_also_takes_with_the_new_value(name, form):
    option = OPTIONS[name]
    text = form.format(option, 2)
    try:
        before = parse_line(text, DIALECT)
    except RuleError:
        return  # no form of this option
    assert (before.name, before.value) == (name, 2)
    after = parse_line(with_value(text.encode("ascii"), name, 1).decode("ascii"), DIALECT)
    assert (after.name, after.value) == (name, 1)


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_a_new_line_is_one_that_auditctl_takes(name):
    told = parse_line(written(name, 1).decode("ascii"), DIALECT)
    assert (told.verb, told.name, told.value) == ("set", name, 1)
