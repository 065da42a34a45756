# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boot parameters on constructed roots of each family, with programs that do what the loaders' own do."""

import os
import re
import subprocess
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.boot import change, programs, words
from ansible_collections.auditops.trail.plugins.module_utils.deploy import files as deploy_files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot
from ansible_collections.auditops.trail.tests.unit import roots

ON = "audit=1 audit_backlog_limit=8192"
MENU = """\
set default="0"
menuentry 'Linux' --class gnu {{
\tlinux /boot/vmlinuz-6.1 root=UUID=1 ro {0}
}}
submenu 'Advanced options' {{
\tmenuentry 'Linux, with Linux 5.10' {{
\t\tlinux /boot/vmlinuz-5.10 root=UUID=1 ro {0}
\t}}
\tmenuentry 'Linux, with Linux 5.10 (recovery mode)' {{
\t\tlinux /boot/vmlinuz-5.10 root=UUID=1 ro single
\t}}
}}
"""
DEBIAN = '# If you change this\nGRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n'
BLS = "title Linux ({0})\nversion {0}\nlinux /vmlinuz-{0}\ninitrd /initramfs-{0}.img $tuned_initrd\noptions {1}\n"
GRUB2 = 'set default="${saved_entry}"\ninsmod blscfg\nblscfg\n'


class Host:
    """A root, and the programs on it: ``menu`` is grub-mkconfig, ``grubby`` is grubby, ``u_boot`` is u-boot-update."""

    def __init__(self, root):
        self.root = root / "root"
        self.root.mkdir()
        self.store = Store(str(root / "state"))
        self.ran = []
        self.status = 0
        self.careless = False

    def make(self, files, *names):
        roots.make(self.root, dict({"/proc/cmdline": "ro quiet\n"}, **files))
        roots.program(self.root, *names)

    def apply(self, audit=True, backlog_limit=8192, check=False):
        return change.apply(roots.context(self.root), audit, backlog_limit, self.store, check, self.run)

    def text(self, path):
        with open(str(self.root) + path, "rb") as file:
            return file.read().decode("utf-8")

    def files(self):
        found = {}
        for folder, _folders, names in os.walk(str(self.root)):
            for name in names:
                path = os.path.join(folder, name)
                found[path[len(str(self.root)) :]] = self.text(path[len(str(self.root)) :])
        return found

    def write(self, path, text):
        with open(str(self.root) + path, "wb") as file:
            file.write(text.encode("utf-8"))

    def run(self, arguments):
        self.ran.append(" ".join(arguments))
        if self.status == 0:
            name = os.path.basename(arguments[0])
            {"update-grub": self._menu, "grub2-mkconfig": self._menu, "grubby": self._grubby,
             "u-boot-update": self._u_boot}[name](arguments)  # fmt: skip
        return self.status, "it is\nbroken\n" if self.status else ""

    def _sourced(self, names, folders, *variables):
        """What a shell makes of the files, as the loaders' scripts read them."""
        script = "for f in {0}; do [ -e $f ] && . $f; done; ".format(
            " ".join([str(self.root) + name for name in names] + [str(self.root) + folder for folder in folders])
        ) + 'printf "%s" "' + " ".join("${0}".format(variable) for variable in variables) + '"'  # fmt: skip
        return subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, check=True).stdout.decode("utf-8")

    def _menu(self, arguments):
        given = self._sourced(
            ["/etc/default/grub"], ["/etc/default/grub.d/*.cfg"], "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"
        )
        self.write(arguments[2] if len(arguments) > 2 else "/boot/grub/grub.cfg", MENU.format(given))

    def _u_boot(self, _arguments):
        given = self._sourced(["/etc/default/u-boot"], ["/etc/u-boot-menu/conf.d/*.conf"], "U_BOOT_PARAMETERS")
        if not given and os.path.exists(str(self.root) + "/etc/kernel/cmdline"):
            given = self.text("/etc/kernel/cmdline").strip()
        self.write("/boot/extlinux/extlinux.conf", EXTLINUX.format(given or "ro quiet"))

    def _grubby(self, arguments):
        """update_bls_fragment of grubby-bls, its replacement of every GRUB_CMDLINE_LINUX line included."""
        gone = next((one[14:].split() for one in arguments if one.startswith("--remove-args=")), [])
        put = next((one[7:].split() for one in arguments if one.startswith("--args=")), [])

        def updated(text):
            names = gone + [word.partition("=")[0] for word in put]
            return " ".join([word for word in text.split() if word.partition("=")[0] not in names] + put)

        found = self.files()
        for path, text in found.items():
            if path == "/etc/default/grub":
                given = updated(self._sourced([path], [], "GRUB_CMDLINE_LINUX"))
                self.write(path, re.sub("(?m)^GRUB_CMDLINE_LINUX.*", 'GRUB_CMDLINE_LINUX="{0}"'.format(given), text))
            elif path == "/boot/grub2/grubenv":
                new = re.sub("(?m)^(kernelopts=)(.*)", lambda m: m.group(1) + updated(m.group(2)), text.rstrip("#"))
                self.write(path, new.ljust(1024, "#"))
            elif "/loader/entries/" in path and "$kernelopts" not in text:
                options = text.split("\noptions ")[1]
                kept = updated(options if not self.careless else options.replace("ro ", ""))
                self.write(path, text.split("\noptions ")[0] + "\noptions " + kept + "\n")
        lines = found.get("/etc/kernel/cmdline", "root=/dev/vda ro")
        roots.make(self.root, {"/etc/kernel/cmdline": updated(lines) + "\n"})


EXTLINUX = """\
## IMPORTANT WARNING
## Do not edit this file manually, use: u-boot-update
default l0
label l0
\tmenu label Debian 6.1
\tlinux /boot/vmlinuz-6.1
\tappend root=/dev/vda1 {0}
label l0r
\tlinux /boot/vmlinuz-6.1
\tappend root=/dev/vda1 {0} single
"""


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def environment(text):
    return "# GRUB Environment Block\n{0}\n".format(text).ljust(1024, "#")


def debian():
    return {"/boot/grub/grub.cfg": MENU.format("quiet"), "/etc/default/grub": DEBIAN}, "/usr/sbin/update-grub"


def cloud():
    files, program = debian()
    image = 'GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0 audit=0"\n'
    files["/boot/grub/grub.cfg"] = MENU.format("console=ttyS0 audit=0")
    return dict(files, **{"/etc/default/grub.d/50-cloudimg-settings.cfg": image}), program


def suse():
    files = {"/boot/grub2/grub.cfg": MENU.format("quiet"), "/etc/default/grub": 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n'}
    return files, "/usr/sbin/grub2-mkconfig"


def unsettled():
    return {"/boot/grub/grub.cfg": MENU.format("")}, "/usr/sbin/update-grub", "/etc/default/x"


def rhel9():
    return {
        "/boot/grub2/grub.cfg": GRUB2,
        "/boot/grub2/grubenv": environment("saved_entry=a"),
        "/boot/loader/entries/a-0-rescue.conf": BLS.format("0-rescue", "root=/dev/vda ro audit=0"),
        "/boot/loader/entries/a-5.14.conf": BLS.format("5.14", "root=/dev/vda ro $tuned_params"),
        "/etc/default/grub": 'GRUB_CMDLINE_LINUX="crashkernel=1G"\nGRUB_CMDLINE_LINUX_DEFAULT="rhgb"\n',
        "/etc/kernel/cmdline": "root=/dev/vda ro\n",
    }, "/usr/sbin/grubby"


def rhel8():
    files, grubby = rhel9()
    files.pop("/etc/kernel/cmdline")
    files["/boot/grub2/grubenv"] = environment("saved_entry=a\nkernelopts=root=/dev/vda ro quiet ")
    for name in ("0-rescue", "5.14"):
        files["/boot/loader/entries/a-{0}.conf".format(name)] = BLS.format(name, "$kernelopts $tuned_params")
    return files, grubby


def systemd_boot():
    return {
        "/efi/loader/loader.conf": "timeout 3\n",
        "/efi/loader/entries/a.conf": BLS.format("6.1", "root=/dev/vda ro"),
        "/efi/loader/entries/b.conf": "title B\nlinux /b\noptions root=/dev/vda\noptions ro audit=0\n",
        "/etc/kernel/cmdline": "# ours\nroot=/dev/vda\nro audit=0\n",
    }, "/usr/bin/kernel-install"


def u_boot():
    return {"/boot/extlinux/extlinux.conf": EXTLINUX.format("ro quiet"), "/etc/default/u-boot": "# x\n"}, (
        "/usr/sbin/u-boot-update"
    )


def entries(found):
    return [one for one in found["configured"]["sources"] if one["kind"] != "setting"]


def without(make, name):
    def made():
        found = make()
        return found[0], "/usr/bin/not-" + name

    made.__name__ = make.__name__ + "_without_" + name
    return made


def beside(make, **files):
    """A family, on a host where another tool has its command line too."""

    def made():
        found = make()
        return (dict(found[0], **dict(files.values())), *found[1:])

    made.__name__ = "_".join([make.__name__, "beside", *files])
    return made


CMDLINE = ("/etc/kernel/cmdline", "root=/dev/vda ro\n")
DRACUT = ("/etc/cmdline.d/net.conf", "ip=dhcp\n")
OS_PROBER = (
    "/boot/grub2/grub.cfg",
    GRUB2
    + "menuentry 'Other' $menuentry_id_option 'osprober-gnulinux-/vmlinuz--x' {\n  linux /vmlinuz root=/dev/vdb\n}\n",
)


def bare_rhel9():
    files, grubby = rhel9()
    files.pop("/etc/kernel/cmdline")
    return files, grubby


BESIDE = [beside(debian, cmdline=CMDLINE), beside(suse, cmdline=CMDLINE),
          without(beside(bare_rhel9, dracut=DRACUT), "grubby"), beside(rhel9, os_prober=OS_PROBER)]  # fmt: skip
FAMILIES = [*BESIDE, debian, cloud, suse, unsettled, rhel9, rhel8, without(rhel9, "grubby"), without(rhel8, "grubby"),
            systemd_boot, u_boot]  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES, ids=[family.__name__ for family in FAMILIES])
def test_every_entry_gets_it_and_keeps_all_else_and_a_second_run_changes_nothing(host, family):
    host.make(*family())
    before, files = boot.collect(roots.context(host.root), {}), host.files()
    foretold = host.apply(check=True)
    assert (host.files(), host.ran, os.path.exists(host.store.folder)) == (files, [], False), "a check changes nothing"
    outcome = host.apply()
    assert (outcome.changed, outcome.not_supported, outcome.reboot_required) == (True, None, True)
    assert outcome.configured == foretold.configured == {"audit": True, "backlog_limit": 8192}
    assert outcome.running == {"audit": False, "backlog_limit": 0}
    after = boot.collect(roots.context(host.root), {})
    assert after["configured"]["kept"] is True
    for old, new in zip(entries(before), entries(after)):
        assert (old["file"], old["line"], old["title"]) == (new["file"], new["line"], new["title"])
        assert words.others(" ".join(old["parameters"])) == words.others(" ".join(new["parameters"]))
    for path, pair in foretold.files.items():
        told, came = (text.rstrip("#") for text in (pair[1], outcome.files[path][1]))
        assert words.others(told) == words.others(came), "a check shows what comes"
    ran, now = list(host.ran), host.files()
    again = host.apply()
    assert (again.changed, again.files, again.backup, host.ran, host.files()) == (False, {}, None, ran, now)
    assert again.reboot_required is True
    kept = host.store.read(outcome.backup)
    for path, (old, _new) in outcome.files.items():
        assert (kept[str(host.root) + path].data or b"").decode("utf-8") == old


@pytest.mark.parametrize("family", FAMILIES, ids=[family.__name__ for family in FAMILIES])
def test_it_is_taken_out_again(host, family):
    host.make(*family())
    host.apply()
    outcome = host.apply(False, 0)
    assert (outcome.changed, outcome.configured) == (True, {"audit": False, "backlog_limit": 0})
    assert "audit" not in re.sub("(?m)^#.*", "", "".join(t for p, t in host.files().items() if p != "/proc/cmdline"))
    assert host.apply(False, 0).changed is False


def test_an_entry_of_another_system_makes_no_menu_of_default_grub(host):
    """grub2-mkconfig would make the entries anew of it, up to RHEL 9.2, with what stands in no other place."""
    host.make(*beside(rhel9, os_prober=OS_PROBER)())
    found = boot.collect(roots.context(host.root), {})
    assert (found["loader"], found["loaders"], len(found["configured"]["left_out"])) == ("bls", ["bls"], 1)
    assert host.apply().not_supported is None
    assert host.ran == ["/usr/sbin/grubby --update-kernel=ALL --args=" + ON]


def test_on_debian_one_variable_changes_and_the_rest_of_the_file_stays(host):
    host.make(*debian())
    outcome = host.apply()
    assert host.text("/etc/default/grub") == DEBIAN.replace('LINUX=""', 'LINUX="{0}"'.format(ON))
    assert host.ran == ["/usr/sbin/update-grub"]
    assert sorted(outcome.files) == ["/boot/grub/grub.cfg", "/etc/default/grub"]


def test_a_drop_in_that_switches_audit_off_is_changed_where_it_says_so(host):
    host.make(*cloud())
    host.apply(True, None)
    assert "audit=1" in host.text("/etc/default/grub.d/50-cloudimg-settings.cfg")
    assert host.text("/etc/default/grub") == DEBIAN


def test_grubby_is_asked_and_what_it_does_to_the_other_variable_is_put_right(host):
    host.make(*rhel9())
    host.apply()
    assert host.ran == ["/usr/sbin/grubby --update-kernel=ALL --args=" + ON]
    assert host.text("/etc/default/grub") == (
        'GRUB_CMDLINE_LINUX="crashkernel=1G {0}"\nGRUB_CMDLINE_LINUX_DEFAULT="rhgb"\n'.format(ON)
    )
    assert host.text("/etc/kernel/cmdline") == "root=/dev/vda ro {0}\n".format(ON)


def test_kernelopts_in_grubenv_keep_the_size_of_the_block(host):
    host.make(*without(rhel8, "grubby")())
    host.apply()
    block = host.text("/boot/grub2/grubenv")
    assert len(block) == 1024
    assert "kernelopts=root=/dev/vda ro quiet {0} \n".format(ON) in block
    assert host.text("/boot/loader/entries/a-5.14.conf").endswith("options $kernelopts $tuned_params\n")


def test_a_full_grubenv_is_an_error_before_anything_changes(host):
    files, program = without(rhel8, "grubby")()
    files["/boot/grub2/grubenv"] = environment("kernelopts=ro " + "x" * 980)
    host.make(files, program)
    with pytest.raises(TrailError, match="no room in the 1024 bytes"):
        host.apply()
    assert host.text("/boot/grub2/grubenv") == files["/boot/grub2/grubenv"]


def untouched(host, before):
    assert host.files() == before
    assert not [path for path in before if os.path.basename(path).startswith(".")]


@pytest.mark.parametrize("family", [debian, suse, rhel9, u_boot])
def test_a_program_that_fails_leaves_all_as_it_was_and_is_quoted(host, family):
    host.make(*family())
    before = host.files()
    host.status = 1
    with pytest.raises(TrailError, match="ended with status 1: it is\nbroken"):
        host.apply()
    untouched(host, before)


@pytest.mark.parametrize("family", [debian, rhel9, u_boot])
def test_a_program_that_does_nothing_is_found_out_and_all_is_put_back(host, family):
    host.make(*family())
    before = host.files()
    host.run = lambda arguments: (0, "")
    with pytest.raises(TrailError, match="the entry .* still has audit off"):
        host.apply()
    untouched(host, before)


def test_a_program_that_changes_other_parameters_is_stopped_and_all_is_put_back(host):
    host.make(*rhel9())
    before = host.files()
    host.careless = True
    with pytest.raises(TrailError, match="more than audit's parameters"):
        host.apply()
    untouched(host, before)


def test_an_entry_of_ones_own_that_the_settings_do_not_reach_is_named(host):
    files, program = debian()
    own = "menuentry 'own' {\n linux /vmlinuz ro\n}\n"
    host.make(dict(files, **{"/boot/grub/custom.cfg": own}), program)
    host.write("/boot/grub/grub.cfg", MENU.format("quiet") + "source $prefix/custom.cfg\n")
    menu = host._menu
    host._menu = lambda arguments: (
        menu(arguments),
        host.write("/boot/grub/grub.cfg", host.text("/boot/grub/grub.cfg") + "source $prefix/custom.cfg\n"),
    )
    before = host.files()
    with pytest.raises(TrailError, match="the entry own still has audit off") as refused:
        host.apply()
    assert (refused.value.file, refused.value.line) == ("/boot/grub/custom.cfg", 2)
    untouched(host, before)


def test_a_disk_that_is_full_leaves_all_as_it_was(host, monkeypatch):
    host.make(*rhel9())
    before = host.files()
    real = deploy_files.prepare

    def full(kept):
        if kept.path.endswith("cmdline"):
            raise TrailError("is full")
        return real(kept)

    monkeypatch.setattr(deploy_files, "prepare", full)
    with pytest.raises(TrailError, match="is full"):
        host.apply()
    untouched(host, before)


def test_a_disk_that_is_full_when_all_is_done_is_no_failure(host, monkeypatch):
    files, program = debian()
    host.make(dict(files, **{"/proc/sys/kernel/random/boot_id": "1\n"}), program)
    real = Store.save

    def save(store, name, document):
        if name == "boot.waits":
            raise TrailError("the file system is full")
        real(store, name, document)

    monkeypatch.setattr(Store, "save", save)
    outcome = host.apply()
    assert (outcome.changed, outcome.configured["audit"], outcome.reboot_required) == (True, True, True)
    assert host.apply().reboot_required is True


def test_a_menu_that_is_behind_its_settings_is_made_anew(host):
    files, program = debian()
    host.make(dict(files, **{"/etc/default/grub": 'GRUB_CMDLINE_LINUX="{0}"\n'.format(ON)}), program)
    assert sorted(host.apply().files) == ["/boot/grub/grub.cfg"]


def test_a_kernel_that_runs_with_it_needs_no_reboot(host):
    host.make(dict(debian()[0], **{"/proc/cmdline": "ro {0}\n".format(ON)}), debian()[1])
    assert host.apply().reboot_required is False


@pytest.mark.parametrize("audit", [True, False])
def test_a_kernel_that_was_started_with_audit_0_needs_a_reboot_whatever_follows_on_its_command_line(host, audit):
    files, program = debian()
    host.make(dict(files, **{"/proc/cmdline": "ro audit=0 {0}\n".format(ON)}), program)
    outcome = host.apply(audit)
    assert (outcome.running["audit"], outcome.reboot_required) == (False, True)
    again = host.apply(audit)
    assert (again.changed, again.reboot_required) == (False, True)


def test_an_entry_that_switches_audit_off_and_on_again_is_off_and_loses_the_former(host):
    files, program = debian()
    settings = files["/etc/default/grub"].replace('"quiet"', '"quiet audit=0 {0}"'.format(ON))
    files = dict(files, **{"/etc/default/grub": settings, "/boot/grub/grub.cfg": MENU.format("audit=0 " + ON)})
    host.make(files, program)
    outcome = host.apply()
    assert (outcome.changed, outcome.configured["audit"]) == (True, True)
    assert "audit=0" not in host.text("/etc/default/grub") + host.text("/boot/grub/grub.cfg")


def test_an_entry_that_cannot_be_changed_and_switches_audit_off_and_on_again_is_not_right(host):
    host.make({"/boot/firmware/cmdline.txt": "root=PARTUUID=1 audit=0 {0}\n".format(ON)})
    outcome = host.apply()
    assert outcome.configured["audit"] is False
    assert "/boot/firmware/cmdline.txt" in outcome.not_supported["what_to_do"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no boot loader's files"),
        (dict(debian()[0]), "neither update-grub nor grub2-mkconfig"),
        ({"/boot/firmware/cmdline.txt": "root=PARTUUID=1 rootwait\n"}, "/boot/firmware/cmdline.txt"),
        ({"/boot/extlinux/extlinux.conf": "LABEL l\n KERNEL /k\n APPEND ro\n"}, "APPEND line of each label"),
        (dict(systemd_boot()[0], **{"/run/ostree-booted": ""}), "rpm-ostree kargs"),
        (dict(rhel9()[0], **{"/etc/zipl.conf": ""}), "zipl"),
        ({"/etc/kernel/cmdline": "ro\n"}, "make the image anew"),
        ({"/boot/loader/entries/a.conf": "title A\nlinux /vmlinuz\n"}, "no options line"),
    ],
)
def test_what_is_not_known_is_told_with_what_to_write_and_nothing_is_changed(host, files, said):
    host.make(files)
    before = host.files()
    outcome = host.apply()
    assert outcome.changed is False
    assert said in outcome.not_supported["what_to_do"]
    assert "audit=1 audit_backlog_limit=8192" in outcome.not_supported["what_to_do"]
    untouched(host, before)
    assert host.apply(check=True) == outcome


def test_a_loader_that_is_not_known_and_has_it_already_is_right(host):
    host.make({"/boot/firmware/cmdline.txt": "root=PARTUUID=1 {0}\n".format(ON)})
    outcome = host.apply()
    assert (outcome.changed, outcome.not_supported) == (False, None)


def test_what_cannot_be_read_is_an_error_and_not_a_guess(host):
    host.make(*debian())
    os.mkdir(str(host.root) + "/boot/grub2")
    os.mkdir(str(host.root) + "/boot/grub2/grub.cfg")
    with pytest.raises(TrailError, match="Is a directory"):
        host.apply()


def test_a_number_that_the_kernel_does_not_take_is_refused(host):
    host.make(*debian())
    with pytest.raises(TrailError, match="cannot be -1"):
        host.apply(True, -1)


def test_without_anything_asked_for_it_tells_what_is(host):
    host.make(*debian())
    outcome = host.apply(None, None)
    assert (outcome.changed, outcome.loader, outcome.configured["audit"]) == (False, "grub", False)


def test_a_program_that_hangs_is_ended_with_all_that_it_started():
    started = time.monotonic()
    with pytest.raises(TrailError, match="not ended within 0.3 seconds"):
        programs.run(["sh", "-c", "sleep 60 & sleep 60"], 0.3)
    assert time.monotonic() - started < 20


def test_a_program_that_is_not_there_is_an_error():
    with pytest.raises(TrailError, match="cannot be run"):
        programs.run(["/nonexistent/update-grub"])
    assert programs.run(["sh", "-c", "echo a; echo b >&2; exit 3"]) == (3, "a\nb\n")
