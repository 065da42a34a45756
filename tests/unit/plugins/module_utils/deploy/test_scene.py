# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether rules can be deployed on a host, and what is known of one that has no audit package yet."""

import errno

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.deploy import planning, scene, wanted
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters, registry, system
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit import postures

BARE = postures.path_state(files=["/etc/passwd"], folders=["/etc"], missing=["/etc/audit"])
DEBIAN = {"id": "debian", "id_like": []}


@pytest.fixture
def machine(monkeypatch):
    """``machine(status=EPROTONOSUPPORT, init=…, container=…, line=the kernel's command line)``."""

    def set_up(status=None, init="systemd", container="none", line=""):
        def read_status():
            if status is not None:
                raise netlink.refused(status, "ask")

        monkeypatch.setattr(kernel, "read_status", read_status)
        monkeypatch.setattr(system, "init", lambda _context: init)
        monkeypatch.setattr(system, "container", lambda _context: container)
        monkeypatch.setattr(kernel_build, "boot_parameters", lambda: boot_parameters.split(line))
        return scene.not_applicable(Context())

    return set_up


def test_a_host_with_audit_and_systemd_can_have_rules(machine):
    assert machine() is None


@pytest.mark.parametrize("init, named", [("init", "init"), ("openrc-init", "openrc-init"), (None, "unknown")])
def test_another_init_is_not_applicable_since_nothing_is_known_to_load_the_rules_at_boot(machine, init, named):
    assert machine(init=init).startswith("process 1 is {0}, ".format(named))


def test_a_container_comes_first(machine):
    assert "container (docker)" in machine(container="docker", init="sh", status=errno.EPERM)


@pytest.mark.parametrize("status", [errno.EPROTONOSUPPORT, errno.ECONNREFUSED])
def test_a_kernel_without_audit_is_not_applicable_and_one_that_was_started_with_audit_0_is(machine, status):
    assert "no audit system" in machine(status=status)
    assert machine(status=status, line="audit=0") is None
    assert machine(status=status, line="audit=off") is None
    assert machine(status=status, line="audit=0 quiet audit=1") is None
    assert "no audit system" in machine(status=status, line="audit=1")


def bare(monkeypatch, system_os, there=()):
    """The scene of check mode on a host without the audit package."""
    posture = postures.posture([], paths=BARE)
    posture["host"]["auditctl_version"] = None
    posture["system"] = {"os": system_os}
    monkeypatch.setattr(registry, "collect", lambda _context, parts: posture)
    monkeypatch.setattr(scene, "candidate_version", lambda: (4, 0, 2))
    monkeypatch.setattr(scene.existing, "names", lambda _folder: list(there))
    monkeypatch.setattr(scene.os, "geteuid", lambda: 0)
    monkeypatch.setattr(PathState, "of_host", classmethod(lambda cls: PathState.from_dict(BARE)))
    return scene.look(None, True)


@pytest.mark.parametrize(
    "system_os, there, known",
    [
        (DEBIAN, [], True),
        ({"id": "ubuntu", "id_like": ["debian"]}, [], True),
        ({"id": "rocky", "id_like": ["rhel", "centos", "fedora"]}, [], True),
        ({"id": "rocky", "id_like": ["rhel", "centos", "fedora"]}, ["20-a.rules"], False),
        ({"id": "fedora", "id_like": []}, [], None),
        ({"id": "amzn", "id_like": ["fedora"]}, [], None),
        (None, [], None),
    ],
)
def test_the_rules_file_of_the_package_is_there_where_it_is_known_and_else_a_warning_says_so(
    monkeypatch, system_os, there, known
):
    found = bare(monkeypatch, system_os, there)
    assert ("audit.rules" in found.assumed) is bool(known)
    assert any("is not known here" in text for text in found.warnings) is (known is None)


def test_what_the_package_brings_decides_in_a_check_as_it_will_in_the_run(monkeypatch, tmp_path):
    found = bare(monkeypatch, DEBIAN)
    folder = str(tmp_path / "rules.d")
    monkeypatch.setattr(scene, "RULES_DIR", folder)
    given = wanted.Given(rules_dir=folder, settings={"backlog_limit": 16384})
    made = planning.plan(found.settled(given), found.posture, found.paths)
    (overruled,) = made.existing["overruled"]
    assert (overruled["file"], overruled["line"]) == (folder + "/audit.rules", 6)
    assert made.open.load.settings["backlog_limit"].origin.file == folder + "/zz-auditops.rules"
    purged = planning.plan(found.settled(given._replace(purge=True)), found.posture, found.paths)
    assert purged.purged == ("audit.rules",)
    elsewhere = found.settled(given._replace(rules_dir="/srv/rules.d"))
    assert elsewhere.assumed == {}


def test_a_status_that_cannot_be_read_is_an_error_but_for_a_kernel_with_audit_0(monkeypatch):
    posture = postures.posture([], paths=BARE)
    posture["errors"]["status"] = {"message": "no answer", "file": None, "line": None, "remedy": None}
    monkeypatch.setattr(registry, "collect", lambda _context, parts: posture)
    monkeypatch.setattr(scene.os, "geteuid", lambda: 0)
    monkeypatch.setattr(kernel_build, "boot_parameters", list)
    with pytest.raises(EvidenceError, match="no answer"):
        scene.look(None, False)

    def refused():
        raise netlink.refused(errno.EPROTONOSUPPORT, "ask")

    monkeypatch.setattr(kernel, "read_status", refused)
    monkeypatch.setattr(kernel_build, "boot_parameters", lambda: ["audit=0"])
    assert scene.look(None, False).candidate is False
