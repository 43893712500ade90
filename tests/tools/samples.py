"""One action of each sort on the objects of `objects.yaml`."""

from domain import actions as act
from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.cluster import Ref


def shop(kind: str, name: str) -> Ref:
    return Ref(kind=kind, name=name, namespace="shop")


def node(name: str) -> Ref:
    return Ref(kind="Node", name=name)


CHECKOUT = shop("Deployment", "checkout")
SERVICE = shop("Service", "checkout")
FLAGS = shop("ConfigMap", "flags")
VOLUME = Ref(kind="PersistentVolume", name="orders-volume")
POLICY = shop("NetworkPolicy", "deny-all")
DATABASE = shop("Deployment", "ledger-db")

SAMPLES: dict[str, act.Action] = {
    "restart": act.Restart(target=CHECKOUT),
    "scale": act.Scale(target=CHECKOUT, replicas=4),
    "roll_back": act.RollBack(target=CHECKOUT),
    "set_image": act.SetImage(target=CHECKOUT, container="web", image="registry.example/shop/checkout:1.2"),
    "set_resources": act.SetResources(
        target=CHECKOUT, container="web", requests={"cpu": "200m"}, limits={"memory": "256Mi", "cpu": "1"}
    ),
    "set_env": act.SetEnv(target=CHECKOUT, container="web", name="LOG_LEVEL", value="debug"),
    "set_env, new": act.SetEnv(target=CHECKOUT, container="web", name="CACHE", value="on"),
    "set_env, first": act.SetEnv(target=CHECKOUT, container="proxy", name="CACHE", value="on"),
    "set_env, removed": act.SetEnv(target=CHECKOUT, container="web", name="LOG_LEVEL"),
    "set_env, from a key": act.SetEnv(
        target=CHECKOUT, container="web", name="REGION", config_map="prices", key="currency"
    ),
    "set_config_reference": act.SetConfigReference(
        target=CHECKOUT, missing="checkout-config", config_map="checkout-defaults"
    ),
    "set_command": act.SetCommand(target=CHECKOUT, container="web", command=("checkout", "serve"), args=("-v",)),
    "set_command, arguments kept": act.SetCommand(target=CHECKOUT, container="proxy", command=("proxy",)),
    "patch_service_port": act.PatchServicePort(target=SERVICE, port=80, target_port=8080),
    "patch_service_selector": act.PatchServiceSelector(target=SERVICE, selector={"app": "checkout"}),
    "patch_node_selector": act.PatchNodeSelector(target=CHECKOUT, node_selector={"disk": "hdd"}),
    "patch_node_selector, none": act.PatchNodeSelector(target=CHECKOUT),
    "add_toleration": act.AddToleration(target=CHECKOUT, key="spot", effect="NoSchedule"),
    "patch_probe": act.PatchProbe(
        target=CHECKOUT, container="web", kind="readinessProbe", path="/healthz", port=8081, timeout_seconds=3
    ),
    "patch_probe, tcp": act.PatchProbe(target=CHECKOUT, container="proxy", kind="readinessProbe", port=15020),
    "delete_pod": act.DeletePod(target=shop("Pod", "checkout-3-abc")),
    "create_config_map": act.CreateConfigMap(
        target=shop("ConfigMap", "checkout-config"), data={"mode": "safe", "banner": "two\nlines\n"}
    ),
    "set_config_key": act.SetConfigKey(target=shop("ConfigMap", "prices"), key="currency", value="CHF"),
    "set_config_key, new": act.SetConfigKey(target=shop("ConfigMap", "prices"), key="tax/eu", value="19"),
    "switch_flag": act.SwitchFlag(target=FLAGS, key="flags.json", flag="freeShipping", variant="off"),
    "release_volume": act.ReleaseVolume(target=VOLUME, claim=shop("PersistentVolumeClaim", "orders")),
    "cordon": act.Cordon(target=node("node-a")),
    "uncordon": act.Uncordon(target=node("node-b")),
    "remove_network_policy": act.RemoveNetworkPolicy(target=POLICY),
    "allow_ingress": act.AllowIngress(target=POLICY, from_labels={"app": "front"}, port=8080),
    "patch_quota": act.PatchQuota(target=shop("ResourceQuota", "compute"), hard={"pods": "12"}),
    "grant_database_role": GrantDatabaseRole(
        target=DATABASE, user="ledger", role="readWrite", database="ledger-data"
    ),
    "create_database_user": CreateDatabaseUser(
        target=DATABASE,
        user="ledger",
        role="readWrite",
        database="ledger-data",
        secret_name="ledger-db",
        key="app-password",
    ),
}
