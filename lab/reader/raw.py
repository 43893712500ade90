"""The plain baseline's model by script: reads with kubectl, raw, what AOI's first look reads, then answers."""

import json
import re

_KINDS = (
    "deployments,statefulsets,daemonsets,replicasets", "pods", "services,endpoints", "events", "configmaps",
    "persistentvolumeclaims,resourcequotas,limitranges,networkpolicies,serviceaccounts", "nodes",
)  # fmt: skip
"""What the first look takes of a namespace, a command each."""
_LOGS = 3
_TROUBLED = re.compile(
    r"^(\S+)\s+\d+/\d+\s+(?:CrashLoopBackOff|Error|ImagePullBackOff|Pending|OOMKilled|Init\S*|\S*Error\S*)\s",
    re.MULTILINE,
)
_POD = re.compile(r"^(\S+)\s+\d+/\d+\s+\w+\s+\d+", re.MULTILINE)
_ASKED = re.compile(r"\bnamespace ([a-z0-9-]+)")


def raw(turns: list[str]) -> str:
    """The next turn: `turns` are the user's, the question first and then the outputs of the commands so far."""
    found = _ASKED.search(turns[0])
    namespace = found[1] if found else "default"
    commands = [f"kubectl describe {kinds} -n {namespace}" for kinds in _KINDS]
    commands[0:0] = [f"kubectl get pods -n {namespace} -o wide"]
    if len(turns) > 1:
        pods = list(dict.fromkeys([*_TROUBLED.findall(turns[1]), *_POD.findall(turns[1])]))
        commands += [f"kubectl logs {pod} -n {namespace} --tail=200" for pod in pods[:_LOGS]]
    done = len(turns) - 1
    if done < len(commands):
        return f"I read on.\n```sh\n{commands[done]}\n```"
    return f"I have read it all.\n```json\n{json.dumps(_ANSWER)}\n```"


_ANSWER = {
    "anomaly": True,
    "components": [],
    "cause": None,
    "system_level": None,
    "fault_type": None,
    "root_cause": "The outputs show trouble; this reader only measures what reading them takes.",
    "resolved": False,
    "advice": "",
}
