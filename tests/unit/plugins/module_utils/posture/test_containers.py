# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a process is: the host's, or a container's."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import containers
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen, processes, services
from ansible_collections.auditops.trail.tests.unit import roots

OWN, NESTED = "Uid:\t0\t0\t0\t0\nNSpid:\t7\n", "Uid:\t0\t0\t0\t0\nNSpid:\t7\t1\n"
ROOT = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"


def host(root, status=OWN, link=None, **files):
    """A host with rsyslogd as process 7; ``link`` is where its root is: a folder below /proc/7."""
    told = {"/proc/1/comm": "systemd\n", "/proc/7/comm": "rsyslogd\n", "/proc/7/status": status}
    told.update({"/proc/7/" + name: text for name, text in files.items()})
    told["/proc/self/mountinfo"] = ROOT
    roots.make(root, told, {} if link is None else {"/proc/7/root": link}, ["/usr/bin"])
    return roots.context(root)


def refused(monkeypatch, *names):
    """Of these names in /proc/7 the links may not be read, as for all who are not root."""
    for function in ("stat", "readlink"):
        plain = getattr(os, function)

        def looked(path, *more, plain=plain, **named):
            if str(path).endswith(tuple("/proc/7/" + name for name in names)):
                raise PermissionError(13, "Permission denied", path)
            return plain(path, *more, **named)

        monkeypatch.setattr(os, function, looked)


@pytest.mark.parametrize(
    ("status", "tree", "expected"),
    [
        (OWN, "ours", True),
        (OWN, "container", False),  # docker run --pid=host
        (OWN, "system", False),  # chroot into another system
        (OWN, "jail", True),  # a daemon that locks itself in
        (NESTED, "container", False),
        (NESTED, "system", False),
        (NESTED, "ours", None),  # PrivatePIDs=, or unshare
        ("Name:\tx\n", "ours", True),  # a kernel without such namespaces
    ],
)
def test_a_process_is_the_hosts_by_its_namespace_and_its_root(tmp_path, status, tree, expected):
    roots.make(tmp_path, folders=["/srv/container/usr/bin", "/srv/system/usr/bin", "/srv/jail/dev"])
    context = host(tmp_path, status, str(tmp_path) + ("/" if tree == "ours" else "/srv/" + tree))
    assert containers.is_hosts(context, 7) is expected


def test_a_snap_is_the_hosts_by_its_etc(tmp_path):
    roots.make(tmp_path, {}, {"/srv/snap/etc": str(tmp_path) + "/etc"}, ["/srv/snap/usr/bin", "/etc"])
    assert containers.is_hosts(host(tmp_path, OWN, str(tmp_path) + "/srv/snap"), 7) is True


def test_a_root_of_its_own_without_a_system_is_not_known(tmp_path, monkeypatch):
    context = host(tmp_path, OWN, str(tmp_path) + "/srv")
    roots.make(tmp_path, folders=["/srv"])
    monkeypatch.setattr(os, "readlink", lambda path: "/")  # what is shown of a root that is mounted elsewhere
    assert containers.is_hosts(context, 7) is None


@pytest.mark.parametrize(
    ("status", "mounted", "expected"),
    [
        (OWN, ROOT, True),
        (OWN, "90 80 8:1 / / rw - ext4 /dev/sda1 rw\n91 90 0:40 / /tmp rw - tmpfs tmpfs rw\n", True),  # PrivateTmp=
        (OWN, "90 80 0:55 / / rw - overlay overlay rw\n", None),
        (OWN, "", None),
        (NESTED, "90 80 0:55 / / rw - overlay overlay rw\n", False),
        (NESTED, ROOT, None),
    ],
)
def test_for_who_may_not_follow_the_link_the_mounts_tell(tmp_path, monkeypatch, status, mounted, expected):
    context = host(tmp_path, status, mountinfo=mounted)
    refused(monkeypatch, "root")
    assert containers.is_hosts(context, 7) is expected


@pytest.mark.parametrize(("own", "first", "expected"), [("a", "a", False), ("a", "b", True), ("a", None, None)])
def test_before_4_1_the_links_tell_the_namespace(tmp_path, own, first, expected):
    links = {"/proc/7/ns/pid": "pid:[{0}]".format(own)}
    if first is not None:
        links["/proc/1/ns/pid"] = "pid:[{0}]".format(first)
    roots.make(tmp_path, {"/proc/7/status": "Name:\tx\n"}, links)
    assert containers.is_nested(roots.context(tmp_path), 7) is expected


def test_where_the_links_may_not_be_read_nothing_is_known(tmp_path, monkeypatch):
    context = host(tmp_path, "Name:\tx\n", str(tmp_path))
    refused(monkeypatch, "ns/pid")
    assert (containers.is_nested(context, 7), containers.is_hosts(context, 7)) == (None, None)


@pytest.mark.parametrize(
    ("status", "tree", "running", "listed", "notes"),
    [
        (OWN, "/", True, True, 0),
        (NESTED, "/srv/container", False, False, 0),
        (NESTED, "/", None, None, 1),
    ],
)
def test_a_containers_daemon_is_not_the_hosts(tmp_path, status, tree, running, listed, notes):
    roots.make(tmp_path, folders=["/srv/container/usr/bin"])
    context = host(tmp_path, status, str(tmp_path) + tree)
    seen = Seen(context)
    assert seen.running(("rsyslogd",)) is running
    assert seen.running(("syslog-ng",)) is False
    assert len(seen.not_seen) == notes
    for listing in (processes, services):
        found = listing(context, ("rsyslogd",))
        assert (None if found is None else (7, "rsyslogd") in found) is listed
        assert ((7, "rsyslogd") in listing(context)) is (listed is True)
        assert (1, "systemd") in listing(context, ("syslog-ng",))


def test_what_ends_while_it_is_looked_at_does_not_run(tmp_path, monkeypatch):
    context = host(tmp_path, OWN, str(tmp_path))
    seen = Seen(context)
    assert seen.running(("rsyslogd",)) is True
    for name in ("comm", "status"):
        (tmp_path / "proc" / "7" / name).unlink()
    assert seen.running(("rsyslogd",)) is False  # the list of processes is asked for once


def test_what_ends_after_it_was_looked_at_does_not_run_either(tmp_path, monkeypatch):
    context = host(tmp_path, OWN, str(tmp_path))
    looked = containers.is_hosts

    def ended(context, pid):
        found = looked(context, pid)
        if pid == 7:
            (tmp_path / "proc" / "7" / "comm").unlink()
        return found

    monkeypatch.setattr(containers, "is_hosts", ended)
    assert (7, "rsyslogd") not in services(context)


def test_the_hosts_own_counts_beside_a_containers(tmp_path):
    context = host(tmp_path, NESTED, str(tmp_path))
    roots.make(tmp_path, {"/proc/8/comm": "rsyslogd\n", "/proc/8/status": OWN})
    assert Seen(context).running(("rsyslogd",)) is True
