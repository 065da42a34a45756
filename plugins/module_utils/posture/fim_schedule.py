# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a line of a crontab or of a script runs a program, and does not only name it.

A simple reading of crontab(5) and of the shell: the first word of a command
counts, after what sets a variable and after programs that start another one.
"""

import re
from typing import List, Sequence

_ENDS = re.compile(r"[;|&(){}`]|\$\(|-c\s*[\"']|(?<!\S)(?:if|then|else|elif|while|until|do|!)(?=\s)")
_OPENS = re.compile(r"(?:\A|(?<=[;&|(]))\s*(?:if|case|for|while|until)\b|(?<!\S)\{(?!\S)|\(\)\s*\{")
_CLOSES = re.compile(r"(?:\A|(?<=[;&|(]))\s*(?:fi|esac|done|\})(?![\w-])")
_SETS = re.compile(r"[A-Za-z_]\w*=")
_STARTERS = frozenset(
    "chronic chrt command cronic env exec flock ionice nice nohup run-one setsid stdbuf sudo systemd-run time "
    "timeout".split()
)
"""Programs whose last arguments are a command."""
_VALUES = re.compile(r"-|\d|/(?:run|var|tmp|dev)/|idle\Z|best-effort\Z")
"""Arguments of these: options, numbers, files to lock, classes."""
_PROGRAM_FOLDER = re.compile(r"(?:/[\w.-]+)*/s?bin/\Z|/usr/(?:lib|libexec|share)/[\w./-]*\Z|\Z")
_MAKES_A_DATABASE = re.compile(r"\s(?:--init|-i|--config-check|-D|--version|-v|--help|-h)(?=\s|\Z)")


def command(line: str, fields: int) -> str:
    """The command of a crontab's line; "" of a remark, and of a line that sets a variable."""
    if line.startswith("#") or _SETS.match(re.sub(r"\s*=\s*", "=", line, count=1)):
        return ""
    if line.startswith("@") and fields > 3:
        fields -= 4  # @daily stands for the five times
    parts = line.split(None, fields)
    return parts[fields] if len(parts) > fields else ""


def runs(line: str, word: str) -> bool:
    """Whether a command is the program of this name, or its check by the name that distributions give it."""
    if line.startswith("#"):
        return False
    for part in _ENDS.split(re.sub(r"(?<!\S)#.*", "", line)):
        words = part.replace('"', "").replace("'", "").split()
        started = False
        for at, one in enumerate(words):
            folder, slash, name = one.rpartition("/")
            if _SETS.match(one) or (started and _VALUES.match(one)):
                continue
            if name in _STARTERS:
                started = True
                continue
            is_it = is_program(name, word) and _PROGRAM_FOLDER.match(folder + slash) is not None
            if is_it and not _MAKES_A_DATABASE.search(" " + " ".join(words[at + 1 :])):
                return True
            break
    return False


def until_exit(lines: Sequence[str]) -> List[str]:
    """The lines of a script up to one that ends it whatever holds: an ``exit`` or ``exec`` outside of every block.

    The command that ``exec`` becomes is among them.
    """
    depth, found = 0, []
    for line in lines:
        bare = re.sub(r"(?<!\S)#.*|\"[^\"]*\"|'[^']*'", "", line)
        if depth <= 0 and re.match(r"exit(?:\s+[0-9]+)?\s*(?:;|\Z)", bare):
            break
        found.append(line)
        if depth <= 0 and re.match(r"exec\s+[^\s<>&0-9]", bare):
            break
        depth += len(_OPENS.findall(bare)) - len(_CLOSES.findall(bare))
    return found


def is_program(name: str, word: str) -> bool:
    """Whether a file's name is that of the program or of a script that runs it: aide, dailyaidecheck, aide.wrapper."""
    form = r"(?:daily)?{0}(?:[._-]?(?:check|scan|daily|cron|wrapper|control))?(?:\.pl|\.sh)?\Z"
    return re.match(form.format(re.escape(word)), name) is not None
