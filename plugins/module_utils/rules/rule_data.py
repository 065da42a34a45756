# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout and the numbers of struct audit_rule_data, for who reads it and who writes it.

All of it is include/uapi/linux/audit.h's; the names are those of auditctl(8).
"""

import struct

MASK_WORDS = 64
MAX_FIELDS = 64
RULE = struct.Struct("=" + "I" * (3 + MASK_WORDS + 3 * MAX_FIELDS + 1))
"""flags, action, field count; the mask; numbers, values and operators of the fields; the length of the text."""
FULL = 0xFFFFFFFF
CALLS = 2032
"""Bits of the mask that stand for calls; the 16 behind them stand for classes of calls, which the kernel puts in."""
EVERY_CALL = (FULL,) * (MASK_WORDS - 1) + (0xFFFF,)
"""The mask that auditctl sends for `-S all`."""
NO_CALL = (0,) * MASK_WORDS
MAX_KEY = 256  # AUDIT_MAX_KEY_LEN

# AUDIT_FILTER_*; the entry and watch lists (2, 3) have taken no rule since 2.6.
LISTS = {0: "user", 1: "task", 4: "exit", 5: "exclude", 6: "filesystem", 7: "io_uring"}
LIST_BITS = 0x0F  # without AUDIT_FILTER_PREPEND, which the kernel does not keep
PREPEND = 0x10
NEVER = 0
ACTIONS = {NEVER: "never", 2: "always"}
OPERATOR_BITS = 0x78000000
OPERATORS = {
    0x08000000: "&",
    0x10000000: "<",
    0x20000000: ">",
    0x30000000: "!=",
    0x40000000: "=",
    0x48000000: "&=",
    0x50000000: "<=",
    0x60000000: ">=",
}
# AUDIT_LOGINUID_SET, 0 or 1: what auditctl writes as auid=unset or auid!=unset; programs other than it can send it.
LOGINUID_SET = 24
# AUDIT_PID ... under the names of auditctl(8).
NUMBERS = {
    0: "pid", 1: "uid", 2: "euid", 3: "suid", 4: "fsuid", 5: "gid", 6: "egid", 7: "sgid", 8: "fsgid", 9: "auid",
    10: "pers", 11: "arch", 12: "msgtype", 18: "ppid", 25: "sessionid", 26: "fstype",
    100: "devmajor", 101: "devminor", 102: "inode", 103: "exit", 104: "success", 106: "perm", 108: "filetype",
    109: "obj_uid", 110: "obj_gid", 113: "saddr_fam", 200: "a0", 201: "a1", 202: "a2", 203: "a3",
}  # fmt: skip
# Fields whose value is the length of their text in the buffer.
STRINGS = {
    13: "subj_user", 14: "subj_role", 15: "subj_type", 16: "subj_sen", 17: "subj_clr", 19: "obj_user",
    20: "obj_role", 21: "obj_type", 22: "obj_lev_low", 23: "obj_lev_high", 105: "path", 107: "dir", 112: "exe",
}  # fmt: skip
FIELD_COMPARE = 111
FILTERKEY = 210
KEY_SEPARATOR = "\x01"  # auditctl's, between the keys of one rule
# AUDIT_COMPARE_*, 1 to 25, each pair in the order auditctl -l prints it.
COMPARISONS = (
    ("uid", "obj_uid"), ("gid", "obj_gid"), ("euid", "obj_uid"), ("egid", "obj_gid"), ("auid", "obj_uid"),
    ("suid", "obj_uid"), ("sgid", "obj_gid"), ("fsuid", "obj_uid"), ("fsgid", "obj_gid"), ("uid", "auid"),
    ("uid", "euid"), ("uid", "fsuid"), ("uid", "suid"), ("auid", "fsuid"), ("auid", "suid"), ("auid", "euid"),
    ("euid", "suid"), ("euid", "fsuid"), ("suid", "fsuid"), ("gid", "egid"), ("gid", "fsgid"), ("gid", "sgid"),
    ("egid", "fsgid"), ("egid", "sgid"), ("sgid", "fsgid"),
)  # fmt: skip
