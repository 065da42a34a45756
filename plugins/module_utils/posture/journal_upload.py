# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd-journal-upload: it sends all of the journal to another machine (systemd-journal-upload(8))."""

import os
import re
from typing import Any, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import systemd_settings
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import COMM_LENGTH, Seen, processes

Plain = Dict[str, Any]

PROGRAM = "systemd-journal-upload"
_CERTIFICATE = "/etc/ssl/certs/journal-upload.pem"
_PORT = 19532
_URL = re.compile(r"(?:(https?)://)?(\[[^\]]*\]|[^:/]+)(?::([0-9]{1,5}))?(?:/.*)?\Z", re.I)


def upload(seen: Seen) -> Optional[Plain]:
    """Where the journal is sent, by journal-upload.conf; None where no URL is set.

    ``server, port, transport, encrypted, identity, verified, file, line``. https is the default, and there the
    certificate of the other side has to be made out to its name by an authority of TrustedCertificateFile, unless
    that is ``all`` or ``-`` (src/journal-remote/journal-upload.c). ``identity`` is the certificate's file.
    """
    settings = systemd_settings.read(seen, "journal-upload.conf", "Upload")
    url = settings.get("URL")
    if url is None:
        return None
    parts = _URL.match(url.value)
    scheme, server, port = parts.groups() if parts else (None, None, None)
    encrypted = (scheme or "https").lower() == "https"
    values = {name: one.value for name, one in settings.items()}
    certificate = values.get("ServerCertificateFile") or (_CERTIFICATE if seen.exists(_CERTIFICATE) else "-")
    if values.get("ServerKeyFile") == "-":
        certificate = "-"
    return {
        "server": None if server is None else server.strip("[]"),
        "port": int(port) if port else _PORT,
        "transport": "https" if encrypted else "http",
        "encrypted": encrypted,
        "identity": certificate if encrypted and certificate != "-" else None,
        "verified": values.get("TrustedCertificateFile") not in ("all", "-") if encrypted else None,
        "file": url.file,
        "line": url.line,
    }


def running(seen: Seen) -> Optional[bool]:
    """Whether it runs. What is left of its name as a process is journald's too: its file tells.

    None where processes, or the file of one, are hidden.
    """
    found = processes(seen.context, (PROGRAM[:COMM_LENGTH],))
    if found is None:
        return None
    known: Optional[bool] = False
    for pid, comm in found:
        if comm != PROGRAM[:COMM_LENGTH]:
            continue
        try:
            program = os.readlink(seen.context.path("/proc/{0}/exe".format(pid)))
        except OSError:
            known = None
            continue
        if os.path.basename(program.partition(" (deleted)")[0]) == PROGRAM:
            return True
    return known
