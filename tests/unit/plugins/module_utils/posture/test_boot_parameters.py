# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command line as the kernel splits and reads it."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("root=/dev/sda1 ro  quiet\n", ["root=/dev/sda1", "ro", "quiet"]),
        ('dyndbg="file a.c +p" quiet', ["dyndbg=file a.c +p", "quiet"]),
        ('"name=a value" x', ["name=a value", "x"]),
        ('open="never closed audit=1', ["open=never closed audit=1"]),
        ("quiet -- audit=1", ["quiet"]),
        ("", []),
    ],
)
def test_quotes_hold_together_and_two_dashes_end_it(text, parameters):
    assert boot_parameters.split(text) == parameters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("audit=1", True),
        ("audit=on", True),
        ("audit=2", True),
        ("audit=", True),
        ("audit=0", False),
        ("audit=OFF", False),
        ("audit=0 audit=1", False),
        ("audit=Off x audit=1 audit=1", False),
        ("audit=1 audit=off", False),
        ("audit=1 audit=many", True),
        ("audit=1 -- audit=0", True),
        ('"audit=0" audit=1', False),
        ("audit", False),
        ("quiet", False),
        ("noaudit=1", False),
        ('name="x audit=1"', False),
    ],
)
def test_every_value_but_0_and_off_is_on_and_one_of_these_is_off_for_good(text, expected):
    assert boot_parameters.audit(boot_parameters.split(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("audit=OFF audit=0 audit=1", "OFF"), ("audit=1 audit=0", "0"), ("audit=1 -- audit=0", None), ("quiet", None)],
)
def test_what_switches_audit_off_is_told_as_it_is_written(text, expected):
    assert boot_parameters.off(boot_parameters.split(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("audit_backlog_limit=8192", 8192),
        ("audit-backlog-limit=8192", 8192),
        ("audit_backlog_limit=0x2000", 8192),
        ("audit_backlog_limit=010", 8),
        ("audit_backlog_limit=64 audit_backlog_limit=8192", 8192),
        ("audit_backlog_limit=8192 audit_backlog_limit=many", 8192),
        ("audit_backlog_limit=-1", 0),
        ("audit_backlog_limit=4294967296", 0),
        ("audit_backlog_limit=", 0),
        ("audit=1", 0),
    ],
)
def test_the_last_limit_that_is_a_number_counts(text, expected):
    assert boot_parameters.backlog_limit(boot_parameters.split(text)) == expected


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("netroot=iscsi:user:secret@192.0.2.1::3260:0:iqn", "netroot=…"),
        ("root=iscsi:user:secret@192.0.2.1::3260:0:iqn", "root=…"),
        ("rd.iscsi.password=secret", "rd.iscsi.password=…"),
        ("systemd.set_credential=name:secret", "systemd.set_credential=…"),
        ("audit=1", "audit=1"),
        ("audit-backlog-limit=8192", "audit-backlog-limit=8192"),
        ("lsm=lockdown,yama", "lsm=lockdown,yama"),
        ("quiet", "quiet"),
    ],
)
def test_values_that_may_be_secret_are_masked(word, kept):
    assert boot_parameters.summary([word])["parameters"] == [kept]


def test_what_is_masked_was_read_before():
    found = boot_parameters.summary(["rd.password=x", "audit=1", "audit_backlog_limit=64"])
    assert (found["audit"], found["backlog_limit"]) == (True, 64)
