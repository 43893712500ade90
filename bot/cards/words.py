"""The closed sets of the domain, in words for people."""

from typing import assert_never

from bot.cards.text import code, escape
from domain import actions as act
from domain import probes as look
from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.cluster import Ref, Severity
from domain.execution import Improvement
from domain.incident import Status

DOT = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠", Severity.INFO: "⚪"}

FACE = {
    Status.RECEIVED: "🔎",
    Status.INVESTIGATING: "🔎",
    Status.WAITING: "✋",
    Status.ACTING: "⚙️",
    Status.VERIFYING: "👀",
    Status.RESOLVED: "✅",
    Status.HANDED_OVER: "🤝",
    Status.FAILED: "⚠️",
}

STATE = {
    Status.RECEIVED: "received",
    Status.INVESTIGATING: "investigating",
    Status.WAITING: "waiting for a decision",
    Status.ACTING: "carrying out the repair",
    Status.VERIFYING: "checking whether it helped",
    Status.RESOLVED: "resolved",
    Status.HANDED_OVER: "handed over to you",
    Status.FAILED: "stopped: AOI itself failed",
}

RISK = {
    act.Risk.LOW: "🟢 low: one object, easy to take back",
    act.Risk.MEDIUM: "🟠 medium: pods restart or traffic moves",
    act.Risk.HIGH: "🔴 high: can interrupt service, read the change with care",
}

HELPED = {
    Improvement.RESOLVED: "✅ Fixed",
    Improvement.IMPROVED: "🟠 Better, not fixed",
    Improvement.UNCHANGED: "❌ No change",
    Improvement.WORSE: "🔴 Worse",
}


def named(ref: Ref) -> str:
    """An object as people write it."""
    return f"{escape(ref.kind)} {code(ref.path)}"


def action_words(action: act.Action) -> str:
    """What an action does, as an imperative phrase without a full stop."""
    target = named(action.target)
    match action:
        case act.Restart():
            return f"Restart {target}"
        case act.Scale(replicas=replicas):
            return f"Scale {target} to {replicas}"
        case act.RollBack(revision=revision):
            return f"Roll back {target} to {f'revision {revision}' if revision else 'the revision before'}"
        case act.SetImage(container=container, image=image):
            return f"Set the image of {code(container)} in {target} to {code(image)}"
        case act.SetResources(container=container):
            return f"Change the resources of {code(container)} in {target}"
        case act.SetEnv(container=container, name=name):
            return f"Set {code(name)} of {code(container)} in {target}"
        case act.SetConfigReference(missing=missing, config_map=config_map):
            return f"Point {target} at ConfigMap {code(config_map)} instead of {code(missing)}"
        case act.SetCommand(container=container, command=command):
            return f"Let {code(container)} in {target} run {code(' '.join(command))}"
        case act.PatchServicePort(port=port, target_port=target_port):
            return f"Point port {port} of {target} at {code(str(target_port))}"
        case act.PatchServiceSelector():
            return f"Change the selector of {target}"
        case act.PatchNodeSelector():
            return f"Change where pods of {target} may run"
        case _:
            return _object_words(action, target)


def _object_words(  # noqa: C901 one line an action
    action: act.AddToleration
    | act.PatchProbe
    | act.DeletePod
    | act.CreateConfigMap
    | act.SetConfigKey
    | act.SwitchFlag
    | act.ReleaseVolume
    | act.Cordon
    | act.Uncordon
    | act.RemoveNetworkPolicy
    | act.AllowIngress
    | act.PatchQuota
    | GrantDatabaseRole
    | CreateDatabaseUser
    | act.Undo,
    target: str,
) -> str:
    match action:
        case act.AddToleration(key=key):
            return f"Let pods of {target} run on nodes tainted {code(key)}"
        case act.SwitchFlag(flag=flag, variant=variant):
            return f"Switch the flag {code(flag)} in {target} to {code(variant)}"
        case act.ReleaseVolume(claim=claim):
            return f"Let {named(claim)} have {target}"
        case act.PatchProbe(container=container, kind=kind):
            return f"Change the {code(kind)} of {code(container)} in {target}"
        case act.DeletePod():
            return f"Delete {target} so that it is replaced"
        case act.CreateConfigMap():
            return f"Create {target}"
        case act.SetConfigKey(key=key):
            return f"Set {code(key)} in {target}"
        case act.Cordon():
            return f"Keep new pods off {target}"
        case act.Uncordon():
            return f"Let {target} take pods again"
        case act.RemoveNetworkPolicy():
            return f"Delete {target}"
        case act.AllowIngress(port=port):
            return f"Let more pods in through {target} on port {port}"
        case act.PatchQuota():
            return f"Change the limits of {target}"
        case GrantDatabaseRole(user=user, role=role, database=database):
            return f"Grant {code(role)} on {code(database)} to the user {code(user)} of {target}"
        case CreateDatabaseUser(user=user, role=role, database=database):
            return f"Create the user {code(user)} of {target} with {code(role)} on {code(database)}"
        case act.Undo():
            return f"Undo the change of {target}"
        case _:
            assert_never(action)


def probe_words(call: look.ProbeCall) -> str:
    """What a probe looks at, in a few words."""
    kind = call.probe.replace("_", " ")
    match call:
        case look.Describe(target=ref) | look.Get(target=ref):
            return f"{kind} {named(ref)}"
        case look.RolloutHistory(workload=ref) | look.RevisionDiff(workload=ref):
            return f"{kind} of {named(ref)}"
        case look.ConfigReferences(workload=ref):
            return f"{kind} of {named(ref)}"
        case look.Logs(pod=pod, namespace=namespace):
            return f"{kind} of {code(f'{namespace}/{pod}')}"
        case look.SearchLogs(text=text, namespace=namespace):
            return f"logs in {code(namespace)} for {code(text, 60)}"
        case look.Nodes():
            return kind
        case look.LogQuery(text=text, namespace=namespace) if text:
            return f"kept logs in {code(namespace)} for {code(text, 60)}"
        case look.LogQuery(namespace=namespace):
            return f"kept logs in {code(namespace)}"
        case look.Promql(query=query, namespace=namespace):
            return f"metrics in {code(namespace)}: {code(query, 60)}"
        case look.Traces(service=service, namespace=namespace):
            return f"traces through {code(service)}" if service else f"traces in {code(namespace)}"
        case (
            look.Snapshot(namespace=namespace)
            | look.Events(namespace=namespace)
            | look.Usage(namespace=namespace)
            | look.ServiceWiring(namespace=namespace)
            | look.Volumes(namespace=namespace)
            | look.Quotas(namespace=namespace)
            | look.NetworkPolicies(namespace=namespace)
            | look.RecentChanges(namespace=namespace)
            | look.GoldenSignals(namespace=namespace)
        ):
            return f"{kind} in {code(namespace)}"
        case _:
            assert_never(call)
