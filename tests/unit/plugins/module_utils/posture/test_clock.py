# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock: which service, from where, how far off; as files and programs of made-up hosts tell it."""

import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import acl, clock, forms
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


@pytest.fixture(name="host")
def fixture_host(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "kernel_clock", lambda: (True, 0.5))

    class Host:
        def write(self, path, text=""):
            place = tmp_path / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

        def runs(self, *comms):
            for pid, comm in enumerate(("systemd",) + comms, 1):
                self.write("/proc/{0}/comm".format(pid), comm + "\n")

        def collect(self, **answers):
            def run(command):
                name, said = command[0].rpartition("/")[2], " ".join(command[1:])
                for words, answer in answers.get(name, {}).items():
                    if words in said:
                        return 0, answer
                if name not in answers:
                    raise EvidenceError("it does not run")
                return 1, ""

            for name in answers:
                self.write("/usr/bin/" + name)
            found = clock.collect(Context(root=str(tmp_path), run=run), {})
            forms.checked(forms.PARTS["clock"], found, "clock")
            return found

    return Host()


def sources(found):
    return [(source["address"], source["kind"], source["selected"]) for source in found["sources"]]


def test_a_host_without_a_service_has_the_kernels_word_alone(host):
    host.runs()
    found = host.collect()
    assert (found["service"], found["active"], found["sources"]) == (None, False, None)
    assert (found["synchronised"], found["max_error_seconds"], found["offset_seconds"]) == (True, 0.5, None)


def tracking(leap="Normal", reference="C0A80001", age=30, interval=64.0):
    fields = (reference, "time.example", 3, time.time() - age, -0.000123, 0.1, 0.2, 1.0, 0.0, 0.1, 0.01, 0.02, interval)
    return ",".join(str(field) for field in fields + (leap,)) + "\n"


def test_chrony_tells_its_state_and_its_files_the_sources(host):
    host.runs("chronyd")
    host.write(
        "/etc/chrony/chrony.conf",
        "# x\nconfdir /etc/chrony/conf.d\nsourcedir /run/dhcp /etc/chrony/sources.d\npool p iburst\n",
    )
    host.write("/etc/chrony/conf.d/a.conf", "Server time.example\n! no\nrefclock PHC /dev/ptp0 poll 2\n")
    host.write("/etc/chrony/conf.d/a.txt", "server never.example\n")
    host.write("/etc/chrony/sources.d/b.sources", "peer b.example\n")
    host.write("/etc/localtime")
    found = host.collect(chronyc={"tracking": tracking(), "-N": "^,*,time.example,2\n^,+,other.example,2\n"})
    assert (found["service"], found["active"], found["synchronised"]) == ("chrony", True, True)
    assert found["offset_seconds"] == -0.000123
    assert sources(found) == [
        ("time.example", "server", True),
        ("PHC /dev/ptp0", "refclock", False),
        ("b.example", "peer", False),
        ("p", "pool", False),
        ("other.example", "server", False),
    ]
    assert found["sources"][0]["file"] == "/etc/chrony/conf.d/a.conf" and found["sources"][0]["line"] == 1
    assert [entry["path"] for entry in found["config"]] == [
        "/etc/chrony/chrony.conf",
        "/etc/chrony/conf.d",
        "/etc/chrony/conf.d/a.conf",
        "/etc/chrony/sources.d",
        "/etc/chrony/sources.d/b.sources",
        "/etc/localtime",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        tracking("Not synchronised"),
        tracking(reference="00000000"),
        tracking(age=30 * 86400),
        tracking(age=11 * 1024),
        tracking(age=-30 * 86400),
        tracking(age=11 * 4096, interval=4096.0),
    ],
)
def test_chrony_that_follows_nothing_is_not_synchronised(host, answer):
    host.runs("chronyd")
    found = host.collect(chronyc={"tracking": answer})
    assert (found["synchronised"], found["offset_seconds"]) == (False, None)


@pytest.mark.parametrize("interval, age", [(64.0, 9 * 1024), (4096.0, 9 * 4096)])
def test_where_chrony_does_not_tell_its_sources_the_age_of_its_reference_decides(host, interval, age):
    host.runs("chronyd")
    assert host.collect(chronyc={"tracking": tracking(age=age, interval=interval)})["synchronised"] is True


@pytest.mark.parametrize(
    "rows, synchronised",
    [
        ("^,?,a,3,6,0,90,1,1,1\n", False),  # chrony 4.3 a minute after its only server was killed
        ("^,*,a,3,6,0,90,1,1,1\n", False),
        ("^,+,a,3,6,377,9,1,1,1\n^,x,b,3,6,377,9,1,1,1\n", False),
        ("#,*,PPS0,0,4,377,9,1,1,1\n", True),
        ("^,?,a,3,6,0,90,1,1,1\n^,*,b,3,6,1,9,1,1,1\n", True),
        ("", False),
    ],
)
def test_chrony_is_synchronised_only_while_it_follows_a_source_that_answers(host, rows, synchronised):
    host.runs("chronyd")
    found = host.collect(chronyc={"tracking": tracking(), "-n": rows})
    assert found["synchronised"] is synchronised
    assert (found["offset_seconds"] is not None) is synchronised


def test_where_chrony_does_not_answer_the_kernel_is_asked(host):
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "server a\ninclude /etc/chrony.d/*\n")
    host.write("/etc/chrony.d/a", "rtcsync\n")
    found = host.collect(chronyc={})
    assert (found["synchronised"], sources(found)) == (True, [("a", "server", None)])
    assert any("chronyc" in text for text in found["not_seen"])


@pytest.mark.parametrize("kernel", [True, False])
def test_a_chrony_that_does_not_tell_the_kernel_leaves_it_unknown(host, monkeypatch, kernel):
    monkeypatch.setattr(clock, "kernel_clock", lambda: (kernel, 0.5))
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "server a\n#rtcsync\n")
    assert host.collect(chronyc={})["synchronised"] is None
    host.runs("x")  # it has ended, and nobody else sets the clock
    host.write("/etc/systemd/system/multi-user.target.wants/chronyd.service")
    found = host.collect(chronyc={})
    assert (found["service"], found["active"], found["synchronised"]) == ("chrony", False, kernel)


@pytest.mark.parametrize("names", ["-N", "-n"])
def test_a_reference_clock_is_told_once_by_the_name_of_the_configuration(host, names):
    host.runs("chronyd")
    clocks = "refclock PHC /dev/ptp0\nrefclock SHM 0 refid GPS noselect\nrefclock SOCK /run/s\n"
    host.write("/etc/chrony.conf", clocks + "server 192.0.2.1\n")
    rows = "#,*,PHC0,0,3,377,4\n#,-,GPS,0,3,377,4\n#,+,SOC2,0,3,377,4\n^,-,192.0.2.1,2,6,377,3\n"
    assert sources(host.collect(chronyc={"tracking": tracking(), names: rows})) == [
        ("PHC /dev/ptp0", "refclock", True),
        ("SHM 0", "refclock", False),
        ("SOCK /run/s", "refclock", False),
        ("192.0.2.1", "server", False),
    ]


@pytest.mark.parametrize(
    "comm, arguments, usual",
    [
        ("chronyd", "/usr/sbin/chronyd\0-u\0chrony\0-f\0/opt/x.conf\0", "/etc/chrony.conf"),
        ("ntpd", "ntpd\0-c/opt/x.conf\0", "/etc/ntp.conf"),
    ],
)
def test_a_service_that_was_told_another_file_reads_that_one(host, comm, arguments, usual):
    host.runs(comm)
    host.write("/usr/sbin/" + comm)
    host.write("/proc/2/cmdline", arguments)
    host.write(usual, "server usual\n")
    host.write("/opt/x.conf", "server told\n")
    found = host.collect()
    assert sources(found) == [("told", "server", None)]
    assert found["sources_file"] == "/opt/x.conf"


@pytest.mark.parametrize("arguments, found", [("ntpd\0-N\0-p\0a\0-p\0b\0", ["a", "b"]), ("ntpd\0-N\0", ["c"])])
def test_the_ntpd_of_busybox_has_its_servers_in_its_arguments_or_in_its_file(host, tmp_path, arguments, found):
    host.runs("ntpd")
    host.write("/bin/busybox")
    host.write("/usr/sbin/x")
    (tmp_path / "usr" / "sbin" / "ntpd").symlink_to("../../bin/busybox")
    host.write("/proc/2/cmdline", arguments)
    host.write("/etc/ntp.conf", "server c\n")
    assert [source["address"] for source in host.collect()["sources"]] == found


@pytest.mark.parametrize(
    "comm, files",
    [
        ("ntpd", {"/usr/sbin/ntpd": ""}),
        ("chronyd", {}),
        ("phc2sys", {"/etc/ptp4l.conf": "[global]\nclockClass 248\n"}),
    ],
)
def test_where_it_is_not_known_from_where_a_service_takes_the_time_there_are_not_no_sources(host, comm, files):
    host.runs(comm)
    for path, text in files.items():
        host.write(path, text)
    found = host.collect()
    assert found["sources"] is None
    assert any("takes the time" in text for text in found["not_seen"])


@pytest.mark.parametrize("answer", ["", "localhost: timed out, nothing received\n***Request timed out\n"])
def test_an_ntpd_that_refuses_to_tell_its_peers_does_not_say_no(host, answer):
    host.runs("ntpd")
    host.write("/etc/ntp.conf", "server a\n")
    found = host.collect(ntpq={"-pn": answer})
    assert (found["synchronised"], sources(found)) == (True, [("a", "server", None)])
    assert "ntpq -pn: it tells no table of peers" in found["not_seen"]


@pytest.mark.parametrize(
    "init, path, enabled",
    [
        ("init", "/etc/runlevels/default/chronyd", True),
        ("init", "/etc/rc3.d/S05chrony", True),
        ("init", "/etc/rc3.d/K05chrony", False),
        ("runit", "/var/service/chronyd", True),
        ("init", "/etc/systemd/system/multi-user.target.wants/chronyd.service", False),
        ("systemd", "/etc/systemd/system/multi-user.target.wants/chronyd.service", True),
        ("systemd", "/etc/rc3.d/S05chrony", False),
    ],
)
def test_what_starts_a_service_at_boot_is_up_to_the_init(host, init, path, enabled):
    host.runs("chronyd")
    host.write("/proc/1/comm", init + "\n")
    host.write(path)
    assert host.collect()["enabled"] is enabled


@pytest.mark.parametrize("folder", ["etc", "run"])
def test_a_unit_that_is_masked_is_not_started(host, tmp_path, folder):
    host.runs("chronyd")
    host.write("/etc/systemd/system/multi-user.target.wants/chronyd.service")
    place = tmp_path / folder / "systemd" / "system"
    place.mkdir(parents=True, exist_ok=True)
    (place / "chronyd.service").symlink_to("/dev/null")
    assert host.collect()["enabled"] is False


def test_timesyncd_has_a_fallback_for_want_of_others(host):
    host.runs("systemd-timesyn")
    host.write("/etc/systemd/timesyncd.conf", "[Time]\n#NTP=\n#FallbackNTP=0.pool 1.pool\n")
    assert sources(host.collect()) == [("0.pool", "fallback", None), ("1.pool", "fallback", None)]


def test_timesyncd_has_drop_ins_and_beside_servers_no_fallback(host):
    host.runs("systemd-timesyn")
    host.write("/etc/systemd/timesyncd.conf", "[Time]\n#NTP=\nNTP=a b\n#FallbackNTP=0.pool 1.pool\n")
    host.write("/etc/systemd/timesyncd.conf.d/z.conf", "[Time]\nNTP=\nNTP=c\n[Other]\nNTP=d\n")
    host.write("/usr/lib/systemd/timesyncd.conf.d/z.conf", "[Time]\nNTP=e\n")
    found = host.collect()
    assert found["service"] == "systemd-timesyncd"
    assert sources(found) == [("c", "server", None)]


def test_timesyncd_is_asked_by_timedatectl(host):
    host.runs("systemd-timesyn")
    host.write("/etc/systemd/timesyncd.conf", "[Time]\nNTP=a\nFallbackNTP=f\n")
    found = host.collect(
        timedatectl={
            "NTPSynchronized": "NTPSynchronized=yes\n",
            "show-timesync": timesync(),
            "timesync-status": STATUS,
        }
    )
    assert (found["synchronised"], found["offset_seconds"]) == (True, -0.0015)
    assert sources(found) == [("a", "server", True), ("net.example", "server", False)]


STATUS = "       Server: 192.0.2.1 (a)\n       Offset: -1.5ms\n        Delay: 3ms\n"


def timesync(server="a", age=60, utc=False, message=True):
    at = time.time() - age
    arrived = time.strftime("%a %Y-%m-%d %H:%M:%S", time.gmtime(at) if utc else time.localtime(at))
    text = "LinkNTPServers=net.example\nSystemNTPServers=a\nFallbackNTPServers=f\nServerName={0}\n".format(server)
    text += "PollIntervalUSec=34min 8s\n"
    if message:
        zone = "UTC" if utc else "CEST"
        text += "NTPMessage={{ Leap=0, Reference=C0A80001, DestinationTimestamp={0} {1},".format(arrived, zone)
        text += " Ignored=no, PacketCount=3, Jitter=1ms }\n"
    return text


# What was told of late is made when the test runs: many minutes may lie between collecting and running it.
@pytest.mark.parametrize(
    "told, change, synchronised",
    [
        ({}, None, True),
        ({"utc": True}, None, True),
        ({"age": 9 * 2048, "utc": True}, None, True),
        ({"age": 11 * 2048, "utc": True}, None, False),
        ({"age": 9 * 64, "utc": True}, ("34min 8s", "1min 4s"), True),
        ({"age": 11 * 64, "utc": True}, ("34min 8s", "1min 4s"), False),
        ({"age": 250, "utc": True}, ("34min 8s", "1s"), True),
        ({"age": 8 * 3600}, None, False),
        ({"message": False}, None, False),  # no packet has come
        ({"server": ""}, None, False),
        ({}, ("DestinationTimestamp=", "DestinationTimestamp=n/a"), False),
    ],
)
def test_timesyncd_is_synchronised_only_while_a_server_answers_whatever_the_kernel_still_says(
    host, told, change, synchronised
):
    known = timesync(**told)
    if change is not None:
        assert change[0] in known
        known = known.replace(*change)
    host.runs("systemd-timesyn")
    answers = {"NTPSynchronized": "NTPSynchronized=yes\n", "show-timesync": known, "timesync-status": STATUS}
    found = host.collect(timedatectl=answers)
    assert found["synchronised"] is synchronised
    assert found["offset_seconds"] == (-0.0015 if synchronised else None)
    assert any(selected for _address, _kind, selected in sources(found)) is synchronised


def test_an_older_timedatectl_has_the_kernels_word_alone(host):
    host.runs("systemd-timesyn")
    assert host.collect(timedatectl={"NTPSynchronized": "NTPSynchronized=yes\n"})["synchronised"] is True
    assert host.collect(timedatectl={"NTPSynchronized": "NTPSynchronized=no\n"})["synchronised"] is False


NTPQ = """     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
 0.pool          .POOL.          16 p    -   64    0    0.000    0.000   0.000
*192.0.2.1       .GPS.            1 u   12   64  377    1.234   -2.500   0.100
+192.0.2.2       192.0.2.9        2 u   12   64  377    1.234    9.500   0.100
"""


def test_ntpd_tells_by_ntpq(host):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    host.write(
        "/etc/ntp.conf", "server -4 192.0.2.1 iburst\nserver 127.127.1.0\nserver 127.127.28.0\nincludefile more\n"
    )
    host.write("/etc/more", "peer p\nbroadcastclient x\n")
    found = host.collect(ntpq={"-pn": NTPQ})
    assert (found["service"], found["synchronised"], found["offset_seconds"]) == ("ntpd", True, -0.0025)
    assert sources(found) == [
        ("192.0.2.1", "server", True),
        ("127.127.1.0", "local", False),
        ("127.127.28.0", "refclock", False),
        ("p", "peer", False),
        ("x", "broadcast", False),
    ]


def test_where_ntpd_names_servers_its_numbers_are_no_further_sources(host):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    host.write("/etc/ntp.conf", "server time.example\npool pool.example\n")
    found = host.collect(ntpq={"-pn": NTPQ})
    assert (found["synchronised"], found["offset_seconds"]) == (True, -0.0025)
    assert sources(found) == [("time.example", "server", None), ("pool.example", "pool", None)]


def test_where_ntpd_names_none_what_it_follows_is_told_by_number(host):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    found = host.collect(ntpq={"-pn": NTPQ})
    assert sources(found) == [("192.0.2.1", "server", True), ("192.0.2.2", "server", False)]


def test_an_older_chrony_tells_numbers_that_are_no_further_sources(host):
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "server time.example\n")
    found = host.collect(chronyc={"tracking": tracking(), "-n": "^,*,192.0.2.1,2\n"})
    assert sources(found) == [("time.example", "server", None)]


@pytest.mark.parametrize("reference", ["7F7F0101", "7f7f0100"])
def test_chrony_that_follows_the_hosts_own_clock_is_not_synchronised(host, reference):
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "server time.example\nlocal stratum 10\n")
    found = host.collect(chronyc={"tracking": tracking(reference=reference), "-N": "^,?,time.example,0\n"})
    assert (found["synchronised"], found["offset_seconds"]) == (False, None)
    assert sources(found) == [("time.example", "server", False), ("local", "local", True)]


@pytest.mark.parametrize("configured", ["", "server time.example\nserver 127.127.1.0\n"])
def test_ntpd_that_follows_the_hosts_own_clock_is_not_synchronised(host, configured):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    host.write("/etc/ntp.conf", configured)
    rows = "     remote  refid\n*127.127.1.0     .LOCL.           5 l   12   64  377    0.000    0.000   0.000\n"
    found = host.collect(ntpq={"-pn": rows})
    assert (found["synchronised"], found["offset_seconds"]) == (False, None)
    assert sources(found)[-1] == ("127.127.1.0", "local", True)
    assert [kind for _address, kind, _selected in sources(found)][:-1] == (["server"] if configured else [])


def test_a_fallback_that_is_compiled_in_is_no_source_of_what_does_not_run(host):
    host.runs()
    host.write("/usr/lib/systemd/systemd-timesyncd")
    host.write("/etc/systemd/timesyncd.conf", "[Time]\n#FallbackNTP=0.pool 1.pool\n")
    assert sources(host.collect()) == []


@pytest.mark.parametrize("uids, active", [("0 0", True), ("998 998", True), ("65000 65000", True), ("1000 0", False)])
def test_a_persons_process_of_that_name_is_no_service(host, uids, active):
    host.runs("chronyd")
    host.write("/usr/sbin/chronyd")
    host.write("/proc/2/status", "Name:\tchronyd\nUid:\t{0}\nGid:\t0\n".format(uids.replace(" ", "\t")))
    found = host.collect()
    assert (found["service"], found["active"]) == ("chrony", active)


def test_ntpd_without_a_selected_peer_is_not_synchronised(host):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    found = host.collect(ntpq={"-pn": NTPQ.replace("*", " ")})
    assert (found["synchronised"], found["offset_seconds"]) == (False, None)


def test_ntpd_whose_peer_is_not_reached_any_more_is_not_synchronised(host):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    found = host.collect(ntpq={"-pn": NTPQ.replace("  377  ", "    0  ")})
    assert (found["synchronised"], found["offset_seconds"]) == (False, None)


@pytest.mark.parametrize("mark, name", [("/etc/ntpsec/ntp.conf", "ntpsec"), ("/usr/sbin/ntpctl", "openntpd")])
def test_the_three_that_run_as_ntpd_are_told_apart(host, mark, name):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpd")
    host.write(mark)
    assert host.collect()["service"] == name


def test_openntpd_tells_by_ntpctl(host):
    host.runs("ntpd")
    host.write("/etc/openntpd/ntpd.conf", "servers pool.example\nsensor *\nserver 192.0.2.1\n")
    answer = "1/1 peers valid, clock synced, stratum 2\n\npeer\n   wt tl st  next  poll\n192.0.2.1 from pool\n"
    answer += " *  1 10  2   16s   32s    -1.200ms   0.9ms  0.1ms\n"
    found = host.collect(ntpctl={"-s all": answer})
    assert (found["service"], found["synchronised"], found["offset_seconds"]) == ("openntpd", True, -0.0012)
    assert sources(found) == [
        ("pool.example", "pool", False),
        ("*", "refclock", False),
        ("192.0.2.1", "server", True),
    ]


def test_openntpd_without_a_valid_peer_is_not_synchronised(host):
    host.runs("ntpd")
    host.write("/usr/sbin/ntpctl")
    assert host.collect(ntpctl={"-s all": "0/1 peers valid, clock synced, stratum 3\n"})["synchronised"] is False
    answer = "0/1 peers valid, 1/1 sensors valid, clock synced, stratum 1\n"
    assert host.collect(ntpctl={"-s all": answer})["synchronised"] is True


def test_the_interfaces_of_linuxptp_are_its_sources(host):
    host.runs("phc2sys", "ptp4l")
    host.write("/etc/linuxptp/ptp4l.conf", "[global]\nslaveOnly 1\n[unicast_master_table]\n[eth0]\n[/var/run/x]\n")
    host.write("/proc/3/cmdline", "ptp4l\0-f\0/etc/linuxptp/ptp4l.conf\0-ieth0\0-i\0eth1\0")
    found = host.collect(pmc={"GET TIME_STATUS_NP": "\t\tgmPresent                  true\n"})
    assert (found["service"], found["synchronised"]) == ("linuxptp", True)
    assert [(one["address"], one["kind"], one["line"]) for one in found["sources"]] == [
        ("eth0", "refclock", 4),
        ("eth1", "refclock", None),
    ]
    assert "/etc/linuxptp/ptp4l.conf" in [entry["path"] for entry in found["config"]]


def test_linuxptp_without_a_grandmaster_is_not_synchronised_whatever_phc2sys_tells_the_kernel(host, monkeypatch):
    host.runs("phc2sys", "ptp4l")
    answer = "\t\tgmPresent                  false\n"
    assert host.collect(pmc={"GET TIME_STATUS_NP": answer})["synchronised"] is False
    assert host.collect(pmc={})["synchronised"] is None
    monkeypatch.setattr(clock, "kernel_clock", lambda: (False, 16.0))
    assert host.collect(pmc={})["synchronised"] is False


def test_where_none_runs_the_one_started_at_boot_is_told_as_stopped(host):
    host.runs()
    host.write("/usr/sbin/chronyd")
    host.write("/usr/lib/systemd/systemd-timesyncd")
    host.write("/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service")
    found = host.collect()
    assert (found["service"], found["active"], found["enabled"]) == ("systemd-timesyncd", False, True)


def test_where_none_is_started_at_boot_the_installed_one_is_told(host):
    host.runs()
    host.write("/usr/sbin/chronyd")
    found = host.collect()
    assert (found["service"], found["active"], found["enabled"]) == ("chrony", False, False)


def test_where_processes_are_hidden_it_is_not_known_whether_one_runs(host):
    host.write("/proc/77/comm", "bash\n")
    host.write("/usr/sbin/chronyd")
    assert host.collect()["active"] is None


def test_configuration_that_cannot_be_read_leaves_the_sources_unknown(host, tmp_path):
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "server a\ninclude /etc/secret.conf\n")
    (tmp_path / "etc" / "secret.conf").mkdir()
    found = host.collect()
    assert (found["sources"], found["config"]) == (None, None)
    assert "/etc/secret.conf: not a file" in found["not_seen"]


def test_files_that_include_each_other_end(host):
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "include /etc/chrony.conf\ninclude /etc/*.conf\nserver a\n")
    assert sources(host.collect()) == [("a", "server", None)]


@pytest.mark.parametrize("answer", ["", "x", ",,,", "\n\n", ",".join("y" * 14), "a,b,c,d,nan,f,g,h,i,j,k,l,m,Normal"])
def test_answers_of_another_form_are_no_fault(host, answer):
    for comm, program in (
        ("chronyd", "chronyc"),
        ("systemd-timesyn", "timedatectl"),
        ("ntpd", "ntpq"),
        ("ntpd", "ntpctl"),
        ("ptp4l", "pmc"),
    ):
        host.runs(comm)
        assert host.collect(**{program: {"": answer}})["offset_seconds"] is None


def test_the_kernels_clock_is_read_and_not_set():
    synchronised, most = clock.kernel_clock()
    assert synchronised in (True, False, None)
    assert most is None or 0 <= most < 1e6


@pytest.fixture(name="exposed")
def fixture_exposed(host, tmp_path):
    """What is told as exposed, without the folders that the tests themselves made or stand in."""
    host.runs("chronyd")
    host.write("/etc/chrony/chrony.conf", "confdir /etc/chrony/conf.d\nserver a\n")
    (tmp_path / "etc" / "chrony" / "conf.d").mkdir()
    for folder in ("etc", "etc/chrony", "etc/chrony/conf.d"):
        (tmp_path / folder).chmod(0o755)
    (tmp_path / "etc" / "chrony" / "chrony.conf").chmod(0o644)

    def exposed():
        found = host.collect()["exposed"]
        return None if found is None else [text for text in found if "its owner is" not in text]

    return exposed


@pytest.mark.parametrize(
    "path, mode, text",
    [
        ("etc/chrony/chrony.conf", 0o644, None),
        ("etc/chrony/chrony.conf", 0o664, "/etc/chrony/chrony.conf: its group can change it (0664)"),
        ("etc/chrony/chrony.conf", 0o646, "/etc/chrony/chrony.conf: everybody can change it (0646)"),
        ("etc/chrony/conf.d", 0o777, "/etc/chrony/conf.d: everybody can change it (0777)"),
        ("etc", 0o777, "/etc: everybody can change it (0777)"),
        ("etc", 0o1777, None),
    ],
)
def test_who_can_change_the_configuration_or_a_folder_of_it_is_told(exposed, tmp_path, path, mode, text):
    (tmp_path / path).chmod(mode)
    assert (text in exposed()) if text else exposed() == []


def test_a_folder_of_drop_ins_that_is_not_there_yet_has_folders_above_it(exposed, tmp_path):
    (tmp_path / "etc" / "chrony" / "chrony.conf").write_text("confdir /srv/time/conf.d\n")
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv").chmod(0o777)
    assert "/srv: everybody can change it (0777)" in exposed()


def test_an_access_control_list_that_lets_somebody_change_the_configuration_is_told(exposed, monkeypatch):
    listed = {"/etc/chrony/chrony.conf": acl.Acl((("user", 0x7FFFFFF0, 6),), 4)}
    monkeypatch.setattr(
        acl, "read", lambda place: next((listed[one] for one in listed if place.endswith(one)), acl.Acl())
    )
    assert exposed() == [
        "/etc/chrony/chrony.conf: by its access control list user 2147483632 (rw-) can change it (0644)",
    ]


def test_where_the_configuration_is_not_known_neither_is_who_can_change_it(host, tmp_path):
    host.runs("chronyd")
    host.write("/etc/chrony.conf", "include /etc/secret.conf\n")
    (tmp_path / "etc" / "secret.conf").mkdir()
    assert host.collect()["exposed"] is None
