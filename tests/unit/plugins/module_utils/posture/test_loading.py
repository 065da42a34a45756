# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What loads the rules, by unit files and init scripts."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import loading
from ansible_collections.auditops.trail.tests.unit import roots

BY_DIR = "[Service]\nExecStart=/sbin/auditd\nExecStartPost=-/sbin/augenrules --load\n"
BY_FILE = "ExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules\n"
VENDOR, ADMIN = "/usr/lib/systemd/system/", "/etc/systemd/system/"


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([], None),
        (["/sbin/auditd"], None),
        (["-/sbin/augenrules --load"], "augenrules"),
        (["/sbin/auditctl -R /etc/audit/audit.rules"], "auditctl"),
        (["/sbin/augenrules"], None),
        (["/sbin/auditctl -R /opt/other.rules"], None),
        (["/sbin/auditctl -R/etc/audit/audit.rules"], "auditctl"),
        (["/sbin/augenrules --check", "/sbin/auditctl -R /etc/audit/audit.rules"], "auditctl"),
        (
            ["test -d /etc/audit/rules.d && /sbin/augenrules", "/sbin/auditctl -R '/etc/audit/audit.rules'"],
            "augenrules",
        ),
        (["/sbin/auditctl -s"], None),
    ],
)
def test_what_commands_load(commands, expected):
    assert loading.of_commands(commands) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({VENDOR + "auditd.service": BY_DIR}, "augenrules"),
        ({VENDOR + "auditd.service": BY_FILE}, "auditctl"),
        ({VENDOR + "auditd.service": "#" + BY_FILE}, None),
        ({VENDOR + "auditd.service": BY_DIR, ADMIN + "auditd.service": BY_FILE}, "auditctl"),
        # The recipe of Debian's README: what the unit runs is cleared first.
        (
            {VENDOR + "auditd.service": BY_DIR, ADMIN + "auditd.service.d/rules.conf": "ExecStartPost=\n" + BY_FILE},
            "auditctl",
        ),
        (
            {VENDOR + "auditd.service": BY_DIR, ADMIN + "auditd.service.d/off.conf": "[Service]\nExecStartPost =\n"},
            None,
        ),
        ({VENDOR + "auditd.service": BY_DIR, ADMIN + "auditd.service.d/rules.bak": "ExecStartPost=\n"}, "augenrules"),
        # Of one name the administrator's counts.
        (
            {
                VENDOR + "auditd.service": BY_DIR,
                VENDOR + "auditd.service.d/a.conf": "ExecStartPost=\n",
                ADMIN + "auditd.service.d/a.conf": "",
            },
            "augenrules",
        ),
        ({VENDOR + "auditd.service": "ExecStartPost=/bin/sh \\\n -c 'augenrules --load'\n"}, "augenrules"),
        (
            {VENDOR + "auditd.service": "", VENDOR + "augenrules.service": "ExecStart=/sbin/augenrules --load"},
            "augenrules",
        ),
        ({VENDOR + "auditd.service": BY_DIR, VENDOR + "audit-rules.service": BY_FILE}, "auditctl"),
    ],
)
def test_what_unit_files_load_with_their_drop_ins(tmp_path, files, expected):
    roots.make(tmp_path, files)
    assert loading.of_units(roots.context(tmp_path)) == expected


def test_a_masked_unit_loads_nothing(tmp_path):
    roots.make(tmp_path, {VENDOR + "auditd.service": BY_DIR}, {ADMIN + "auditd.service": "/dev/null"})
    assert loading.of_units(roots.context(tmp_path)) is None


def test_a_pipe_in_the_place_of_a_unit_is_not_waited_for(tmp_path):
    roots.make(tmp_path, folders=[VENDOR])
    os.mkfifo(str(tmp_path) + VENDOR + "auditd.service")
    assert loading.of_units(roots.context(tmp_path)) is None


ALPINE = '/sbin/auditctl -R "$1" >/dev/null\n'
UPSTREAM = """if test "x$USE_AUGENRULES" != "x" ; then
  test -d /etc/audit/rules.d && /sbin/augenrules
fi
test -f /etc/audit/audit.rules && /sbin/auditctl -R /etc/audit/audit.rules
"""


@pytest.mark.parametrize(
    ("script", "settings", "expected"),
    [
        (ALPINE, "", "auditctl"),
        ("# augenrules --load\n", "", ""),
        ("/sbin/augenrules --load\n", "USE_AUGENRULES=no\n", "augenrules"),
        (UPSTREAM, 'USE_AUGENRULES="no"\n', "auditctl"),
        (UPSTREAM, "USE_AUGENRULES='Yes'\n", "augenrules"),
        (UPSTREAM, "# USE_AUGENRULES=yes\n", "auditctl"),
    ],
)
@pytest.mark.parametrize("place", ["/etc/conf.d/auditd", "/etc/default/auditd", "/etc/sysconfig/auditd"])
def test_what_an_init_script_loads_by_its_settings(tmp_path, script, settings, place, expected):
    roots.make(tmp_path, {"/etc/init.d/auditd": script, place: settings})
    assert loading.of_script(roots.context(tmp_path), []) == expected


def test_without_a_script_nothing_is_known(tmp_path):
    assert loading.of_script(roots.context(tmp_path), []) is None
