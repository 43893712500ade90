import pytest

from domain.cluster import Ref, Scope, Severity
from domain.probes import (
    ConfigReferences,
    Describe,
    Events,
    Get,
    Logs,
    NetworkPolicies,
    Nodes,
    ProbeCall,
    ProbeResult,
    Quotas,
    RecentChanges,
    RevisionDiff,
    RolloutHistory,
    SearchLogs,
    ServiceWiring,
    Usage,
    Volumes,
)
from tests.tools.read.canned import Canned, StoppedClock, objects
from tools.read.service import Probes

SHOP = Scope(namespaces=("shop",))
WEB = Ref(kind="Deployment", namespace="shop", name="web")
POD = Ref(kind="Pod", namespace="shop", name="web-2-a")


async def ask(probes: Probes, call: ProbeCall) -> ProbeResult:
    result = await probes.run(SHOP, call)
    assert result.status == "ok", result.note
    return result


def told(result: ProbeResult, severity: Severity | None = None) -> list[str]:
    return [f"{f.subject.name}: {f.text}" for f in result.findings if severity in (None, f.severity)]


async def test_describe_joins_state_and_events(probes: Probes) -> None:
    result = await ask(probes, Describe(target=POD))
    assert told(result) == [
        "web-2-a: Phase Running on n1: app CrashLoopBackOff.",
        "web-2-a: Container app waits, CrashLoopBackOff: back-off 40s restarting failed container=app,"
        " restarted 4 times; it ended last with exit code 1 (Error)",
        "web-2-a: BackOff: Back-off restarting failed container app in pod web-2-a (repeatedly)",
        'web-2-a: Failed: Error: secret "web-token" not found',
    ]


async def test_get_shows_the_object_without_managed_fields(probes: Probes) -> None:
    result = await ask(probes, Get(target=WEB))
    assert told(result, Severity.WARNING) == ["web: 0 of 2 replicas are ready, image shop/web:2."]
    assert result.artifact is not None
    assert "image: shop/web:2" in result.artifact.text
    assert "managedFields" not in result.artifact.text


async def test_events_are_those_of_the_last_hour_and_warnings_are_told(probes: Probes) -> None:
    result = await ask(probes, Events(namespace="shop"))
    assert [f.text.split(":")[0] for f in result.findings] == ["BackOff", "Failed", "ProvisioningFailed"]
    assert result.artifact is not None
    assert "ScalingReplicaSet" in result.artifact.text
    assert "long ago" not in result.artifact.text


async def test_no_events_is_an_answer(probes: Probes) -> None:
    cart = Ref(kind="Pod", namespace="shop", name="cart-a")
    result = await probes.run(SHOP, Events(namespace="shop", subject=cart))
    assert (result.status, result.artifact) == ("empty", None)
    assert result.note == "No events about Pod shop/cart-a in namespace shop in the last hour."


async def test_logs_are_told_as_messages_with_errors_first(probes: Probes) -> None:
    result = await ask(probes, Logs(namespace="shop", pod="cart-a"))
    assert told(result) == [
        "cart-a: Log: ERROR redis: connection refused",
        'cart-a: Log (30 times): INFO GET /cart/29 HTTP/1.1" 200 29ms',
    ]
    assert result.findings[0].severity is Severity.CRITICAL


async def test_previous_logs_and_logs_that_are_not_there(probes: Probes) -> None:
    before = await ask(probes, Logs(namespace="shop", pod="web-2-a", previous=True, tail=1))
    assert before.artifact is not None
    assert before.artifact.text == "FATAL cannot read config: no mode"
    gone = await probes.run(SHOP, Logs(namespace="shop", pod="cart-a", previous=True))
    assert gone.status == "failed"


async def test_search_finds_lines_by_text_without_regard_to_case(probes: Probes) -> None:
    result = await ask(probes, SearchLogs(namespace="shop", text="REFUSED"))
    assert told(result) == ["cart-a: Log: ERROR redis: connection refused"]
    nothing = await probes.run(SHOP, SearchLogs(namespace="shop", text="refused", workload=WEB))
    assert nothing.status == "empty"
    assert nothing.note.startswith("No lines with “refused” in the last 1000 lines of 1 container")


async def test_a_search_cannot_confirm_a_secret_by_guessing_it(probes: Probes) -> None:
    result = await probes.run(SHOP, SearchLogs(namespace="shop", text="hunter2"))
    assert result.status == "empty"


async def test_rollout_history_says_what_each_revision_changed(probes: Probes) -> None:
    result = await ask(probes, RolloutHistory(workload=WEB))
    assert told(result) == [
        "web: Revision 2, the current one, made 2026-11-22 11:45 UTC changed containers.app.image: shop/web:1 ->"
        " shop/web:2; containers.app.env.NEW.value: (none) -> 1"
    ]


async def test_revision_diff_has_every_field_and_no_generated_ones(probes: Probes) -> None:
    result = await ask(probes, RevisionDiff(workload=WEB))
    assert result.artifact is not None
    assert result.artifact.text.splitlines() == [
        "--- revision 1",
        "+++ revision 2",
        "-containers.app.image: shop/web:1",
        "+containers.app.image: shop/web:2",
        "-containers.app.env.NEW.value: (none)",
        "+containers.app.env.NEW.value: 1",
    ]


async def test_revisions_that_are_not_there_are_named(probes: Probes) -> None:
    gone = await probes.run(SHOP, RevisionDiff(workload=WEB, older=7))
    assert gone.note == "Deployment shop/web has no revision 7 any more; kept are: 1, 2."
    first = await probes.run(SHOP, RevisionDiff(workload=WEB, newer=1))
    assert first.status == "empty"
    same = await probes.run(SHOP, RevisionDiff(workload=WEB, older=2, newer=2))
    assert same.note == "The pod template is the same between revision 2 and 2 of Deployment shop/web."
    job = await probes.run(SHOP, RolloutHistory(workload=POD))
    assert "has no revisions" in job.note


async def test_usage_warns_near_a_limit(probes: Probes) -> None:
    result = await ask(probes, Usage(namespace="shop"))
    assert told(result) == ["cart-a: Container app uses 98Mi of its memory limit of 100Mi (98 %)."]


async def test_wiring_tells_the_links_that_do_not_fit(probes: Probes) -> None:
    result = await ask(probes, ServiceWiring(namespace="shop"))
    assert told(result) == [
        "cart: Its selector app=carts matches no pod; Deployment shop/web has app=web.",
        "web: None of 1 pod behind it is ready.",
        "web: Port 80 goes to 9090, but the pods declare 8080.",
    ]
    one = await ask(probes, ServiceWiring(namespace="shop", service="cart"))
    assert told(one, Severity.INFO) == ["cart: It sends port 8080 to 8080 to 0 ready of no pods; named by web."]
    gone = await probes.run(SHOP, ServiceWiring(namespace="shop", service="cat"))
    assert gone.note == "There is no Service cat in namespace shop."


async def test_config_references_say_what_is_missing_and_what_is_there(probes: Probes) -> None:
    result = await ask(probes, ConfigReferences(workload=WEB))
    assert told(result) == [
        "web: It refers to key mode of ConfigMap web-config in variable MODE of app: missing key;"
        " there are modus, api_password.",
        "web: It refers to key token of Secret web-token in variable TOKEN of app: missing, says Kubernetes.",
    ]


async def test_volumes_tell_why_a_claim_waits_and_which_do_not_exist(probes: Probes) -> None:
    result = await ask(probes, Volumes(namespace="shop"))
    assert told(result) == [
        'data: The claim is Pending: storageclass.storage.k8s.io "fast" not found. Waiting for it: db-0.',
        "db-0: It mounts the claim gone, which does not exist.",
    ]


async def test_nodes_tell_pressure_cordon_and_room(probes: Probes) -> None:
    result = await ask(probes, Nodes(node="n1"))
    assert told(result) == [
        "n1: MemoryPressure is True: memory is short",
        "n1: The node is cordoned: it takes no new pods.",
        "n1: It is Ready,cordoned with node.kubernetes.io/unschedulable:NoSchedule; free: 3500m of 4 cpu,"
        " 8192Mi of 8192Mi memory, 2 of 110 pods.",
    ]


async def test_quotas_tell_how_full_they_are(probes: Probes) -> None:
    result = await ask(probes, Quotas(namespace="shop"))
    assert told(result, Severity.CRITICAL) == ["team: pods: 3 of 3 is used (100 %)."]


async def test_policies_tell_whom_they_let_in(probes: Probes) -> None:
    result = await ask(probes, NetworkPolicies(namespace="shop"))
    assert told(result) == [
        "deny: Ingress of 1 pod (cart-a) is limited to: nothing.",
        "open: Ingress of 3 pods (cart-a, db-0, web-2-a) is limited to: pods with app=web on TCP 8080.",
    ]


async def test_recent_changes_name_the_hand_and_leave_out_the_controllers(probes: Probes) -> None:
    result = await ask(probes, RecentChanges(namespace="shop"))
    assert told(result) == ["web: 2026-11-22 11:45 UTC: alice set containers[app].image."]
    quiet = await probes.run(SHOP, RecentChanges(namespace="shop", minutes=5))
    assert quiet.note == "Nobody changed anything in namespace shop in the last 5 minutes."


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (Events(namespace="shop"), "No events in namespace shop in the last hour."),
        (Usage(namespace="shop"), "The cluster has no metrics server, so nobody knows what the pods use."),
        (ServiceWiring(namespace="shop"), "There are no Services with a selector in namespace shop."),
        (Volumes(namespace="shop"), "No claims in namespace shop, and no pod asks for one."),
        (Quotas(namespace="shop"), "No quotas and no limit ranges in namespace shop."),
        (
            NetworkPolicies(namespace="shop"),
            "No network policies in namespace shop: every pod may talk to every other.",
        ),
        (RecentChanges(namespace="shop"), "Nobody changed anything in namespace shop in the last 60 minutes."),
        (Nodes(), "The cluster has no nodes."),
    ],
    ids=lambda value: getattr(value, "probe", ""),
)
async def test_an_empty_answer_says_where_was_looked(call: ProbeCall, note: str) -> None:
    empty = Canned(objects("{kind: Namespace, metadata: {name: shop}}"))
    result = await Probes(empty.reader(), StoppedClock()).run(SHOP, call)
    assert (result.status, result.note) == ("empty", note)
