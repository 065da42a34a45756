#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: auditd_config
short_description: Set keys of auditd.conf, audisp-remote.conf and the plugins' files
version_added: 0.1.0
description:
  - Changes the given keys in a configuration file of the audit programs and leaves all else in it as it is, order,
    remarks and blanks included.
  - A key that the installed release does not have, or a value that it does not take, is refused before anything is
    written. The message names the key, the line, the legal values and the releases that take it.
  - The result is read as a whole, so that values which do not go together are refused too.
  - Of C(auditd.conf), the host's own C(auditd) is then started with a copy, in namespaces of its own and without any
    effect on the host, and has to take it. Where that is not possible, RV(proof) says so.
  - What was there is kept in C(/var/lib/auditops-trail), and O(state=rolled_back) brings it back.
  - Nothing is reloaded or restarted. RV(apply) tells what is needed, also for what an earlier run has written and the
    daemon was never told, because the connection was cut in between.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
attributes:
  check_mode:
    support: full
    details:
      - The values are checked and the daemon is asked, as outside of check mode.
      - Where audit is not installed yet, the release is taken that the package manager would install, and the content
        that its package brings along. The files of the plugins may be of another package, see O(assume).
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  file:
    description:
      - Which file.
      - V(auditd) is C(auditd.conf), V(audisp-remote) is C(audisp-remote.conf), V(plugin) is the file of the plugin
        O(name), V(audispd) is the C(audispd.conf) that there is up to audit 2.8.
    type: str
    choices: [auditd, audispd, audisp-remote, plugin]
    default: auditd
  name:
    description:
      - The name of the plugin's file, for example V(au-remote.conf). C(.conf) may be left out.
      - Required with O(file=plugin), unless O(path) is given.
    type: str
  path:
    description:
      - Where the file lies. The default is the place where the host's release looks for it; of plugins that is the
        C(plugin_dir) of C(auditd.conf).
    type: path
  settings:
    description:
      - The keys with their values. V(null) takes a key's line away, so that the compiled default holds.
      - C(true) and C(false) stand for C(yes) and C(no). A list stands for several words, as for C(args) of a plugin.
      - A line that has the value already stays as it is, in whatever case it is written. Of several lines of a key the
        last one stays, which is the one that counts.
    type: dict
    default: {}
  state:
    description:
      - V(present) sees that the settings are there.
      - V(rolled_back) brings back what O(backup) holds.
      - V(applied) says that the daemon was reloaded or restarted, as RV(apply) asked for; no file is looked at. A
        restart of the daemon and a boot of the host are noticed without it.
    type: str
    choices: [present, rolled_back, applied]
    default: present
  backup:
    description:
      - The RV(backup) of an earlier run, for O(state=rolled_back).
      - The default is the latest one that a change of this file made.
    type: str
  version:
    description:
      - The version of the audit package that reads the file, for example V(3.0.9).
      - The default is the installed one; in check mode, where none is, the one that the package manager would install.
      - Known are 2.8 to 4.2.1. Another one is read as the nearest of them, with a warning.
    type: str
  proof:
    description:
      - V(auto) asks the host's C(auditd) where that is possible, if something changes.
      - V(daemon) asks it in any case, and fails where that is not possible.
      - V(table) does not ask it.
    type: str
    choices: [auto, daemon, table]
    default: auto
  assume:
    description:
      - In check mode, whether the package of a plugin's file, or of C(audisp-remote.conf), will be installed before
        this task. A file that is not there is then taken as the package brings it.
    type: bool
    default: false
  keep:
    description:
      - How many backups of configuration files are kept, one at least. Older ones are removed when a new one is made.
    type: int
    default: 20
requirements:
  - Root privileges.
notes:
  - The trial needs the right to make namespaces, which containers mostly do not have. It takes about a third of a
    second, and up to five where the daemon does not say that it is up.
  - In the trial, C(local_events), C(log_file), C(plugin_dir), C(tcp_listen_port) and C(dispatcher) are replaced or left
    out. Their values are checked by the collection's table of keys alone, as are all files but C(auditd.conf).
seealso:
  - module: auditops.trail.audit_facts
"""

EXAMPLES = r"""
- name: Rotate at 100 MiB, and stop the host rather than lose records
  auditops.trail.auditd_config:
    settings:
      max_log_file: 100
      num_logs: 50
      max_log_file_action: rotate
      space_left: 25%
      space_left_action: email
      action_mail_acct: root
      admin_space_left: 10%
      admin_space_left_action: single
  become: true
  register: configured

- name: Send records to a collector
  auditops.trail.auditd_config:
    file: audisp-remote
    settings:
      remote_server: collector.example.com
      port: 60
      mode: forward
  become: true

- name: Switch the plugin on that sends them
  auditops.trail.auditd_config:
    file: plugin
    name: au-remote.conf
    settings:
      active: true
  become: true

- name: Take a key out, so that its default holds
  auditops.trail.auditd_config:
    settings:
      tcp_listen_port: null
  become: true

# On HUP the daemon reads its file again. Where apply is restart, it has to be started anew, as the role auditd does.
- name: Have auditd read it
  ansible.builtin.command: pkill -HUP -x auditd
  when: configured.apply == 'reload'
  become: true

- name: Keep that it has
  auditops.trail.auditd_config:
    state: applied
  when: configured.apply == 'reload'
  become: true

- name: Bring back what was there before the first task
  auditops.trail.auditd_config:
    state: rolled_back
    backup: "{{ configured.backup }}"
  become: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success, but not with O(state=applied)
  type: str
  sample: /etc/audit/auditd.conf
backup:
  description: The identifier of what was there before, V(null) where nothing was written.
  returned: success, but not with O(state=applied)
  type: str
  sample: config-20261126T170000.000000Z-1f2e
proof:
  description:
    - V(daemon) where the host's C(auditd) was started with a copy and took it.
    - V(table) where the values were checked by the collection's table of keys alone.
  returned: success, but not with O(state=applied)
  type: str
  sample: daemon
proof_reason:
  description: What was tried, and which keys were replaced for it; or why C(auditd) was not asked.
  returned: success, but not with O(state=applied)
  type: str
  sample: >-
    auditd was started with a copy in which local_events, log_file, plugin_dir were replaced; for these the table of
    keys stands
settings:
  description:
    - The keys that were asked for, with the text that counts RV(ignore:before) and RV(ignore:after); V(null) stands for
      no line.
    - With O(state=rolled_back), the keys that differ.
  returned: success, but not with O(state=applied)
  type: dict
  sample: {num_logs: {before: "5", after: "50"}}
apply:
  description:
    - What brings into force what this module has written, in this run or an earlier one, in this file or another one;
      V(none), V(reload) (SIGHUP) or V(restart).
    - It is told whether or not this run changed anything, until O(state=applied) or a start of C(auditd).
  returned: success
  type: str
  sample: reload
reload_sufficient:
  description: Whether all of that comes into force when C(auditd) reads its configuration again (SIGHUP).
  returned: success, but not with O(state=applied)
  type: bool
  sample: true
restart_keys:
  description: The keys among them that come into force only when C(auditd) is started again.
  returned: success, but not with O(state=applied)
  type: list
  elements: str
  sample: []
problems:
  description:
    - What else is to be said of the new content, each with RV(ignore:line) (V(null) where it is of none),
      RV(ignore:message), RV(ignore:fatal) and RV(ignore:remedy).
    - With O(state=present) none is fatal; such a file is not written.
  returned: success, but not with O(state=applied)
  type: list
  elements: dict
  sample:
    - line: 9
      message: space_left_action = email, and there is no /usr/lib/sendmail to send it
      fatal: false
      remedy: correct the line.
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.config.change import Request, applied, bring, put_back
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

KINDS = {"audisp-remote": "remote"}
ACTS = {"present": bring, "rolled_back": put_back, "applied": applied}


def main():
    module = AnsibleModule(
        argument_spec=dict(
            file=dict(type="str", choices=["auditd", "audispd", "audisp-remote", "plugin"], default="auditd"),
            name=dict(type="str"),
            path=dict(type="path"),
            settings=dict(type="dict", default={}),
            state=dict(type="str", choices=["present", "rolled_back", "applied"], default="present"),
            backup=dict(type="str"),
            version=dict(type="str"),
            proof=dict(type="str", choices=["auto", "daemon", "table"], default="auto"),
            assume=dict(type="bool", default=False),
            keep=dict(type="int", default=20),
        ),
        supports_check_mode=True,
    )
    given = dict(module.params)
    state = given.pop("state")
    given["file"] = KINDS.get(given["file"], given["file"])
    request = Request(check=module.check_mode, **given)
    try:
        result = ACTS[state](request, Store())
    except TrailError as error:
        fail_with(module, error)
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(**printable(result))


if __name__ == "__main__":
    main()
