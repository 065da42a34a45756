# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of other makers that send logs away: that one runs does not tell whether audit records are among them."""

import re
from typing import List, NamedTuple, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen, processes


class Agent(NamedTuple):
    """``processes`` are names of its processes, ``users`` those of users of its own. ``argument``: where the name is
    one that other programs have too, a text that its command line holds."""

    name: str
    processes: Tuple[str, ...]
    users: Tuple[str, ...] = ()
    argument: str = ""


AGENTS = (
    Agent("filebeat", ("filebeat",)),
    Agent("auditbeat", ("auditbeat",)),
    Agent("elastic-agent", ("elastic-agent",), ("elastic-agent-user",)),
    Agent("fluent-bit", ("fluent-bit", "td-agent-bit"), ("fluent-bit",)),
    Agent("fluentd", ("fluentd", "td-agent"), ("fluentd", "_fluentd", "td-agent")),
    Agent("google-fluentd", ("google-fluentd",)),
    Agent("splunkd", ("splunkd",), ("splunk", "splunkfwd")),
    Agent("vector", ("vector",), ("vector",)),
    Agent("nxlog", ("nxlog",), ("nxlog",)),
    Agent("wazuh-agentd", ("wazuh-agentd",), ("wazuh", "ossec")),
    Agent("ossec-agentd", ("ossec-agentd",), ("ossec",)),
    Agent("promtail", ("promtail",), ("promtail",)),
    Agent("alloy", ("alloy",), ("alloy",)),
    Agent("otelcol", ("otelcol", "otelcol-contrib"), ("otelcol", "otelcol-contrib")),
    Agent("go-audit", ("go-audit",)),
    Agent("grafana-agent", ("grafana-agent",), ("grafana-agent",)),
    Agent("logstash", ("java", "logstash"), ("logstash",), r"\blogstash\b"),
    Agent("datadog-agent", ("agent",), ("dd-agent",), r"/datadog-agent/"),
    Agent("azuremonitoragent", ("mdsd", "amacoreagent", "azuremonitoragent"), ("syslog",)),
    Agent("auoms", ("auoms", "auomscollect"), ("auoms",)),
    Agent("cribl", ("cribl",), ("cribl",)),
    Agent("amazon-cloudwatch-agent", ("amazon-cloudwatch-agent",), ("cwagent",)),
)


def running(seen: Seen) -> List[str]:
    """The names of the known agents that run."""
    return [agent.name for agent in AGENTS if seen.running(agent.processes, agent.users) and _has_argument(seen, agent)]


def _has_argument(seen: Seen, agent: Agent) -> bool:
    if not agent.argument:
        return True
    found = [pid for pid, comm in processes(seen.context) or () if comm in agent.processes]
    return any(re.search(agent.argument, seen.text("/proc/{0}/cmdline".format(pid)) or "", re.I) for pid in found)
