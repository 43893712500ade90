import pytest

from domain.cluster import Ref
from domain.errors import BadInput
from tools.cluster.access import reader_rules
from tools.cluster.resources import RESOURCES, path_of, resource_of


def test_paths_of_core_grouped_and_cluster_scoped_kinds() -> None:
    assert path_of(Ref(kind="Pod", namespace="shop", name="web-1"), "log") == (
        "/api/v1/namespaces/shop/pods/web-1/log"
    )
    assert path_of(Ref(kind="Deployment", namespace="shop", name="web")) == (
        "/apis/apps/v1/namespaces/shop/deployments/web"
    )
    assert path_of(Ref(kind="Node", name="n1")) == "/api/v1/nodes/n1"
    assert resource_of("Pod").collection(None) == "/api/v1/pods"


@pytest.mark.parametrize(
    "name", ["..", ".", "a/b", "../secrets", "a%2fb", "", "a?x=1", "a b", "a\n", "-x", "x" * 300]
)
def test_a_name_cannot_leave_its_place_in_the_path(name: str) -> None:
    with pytest.raises(BadInput):
        path_of(Ref(kind="Pod", namespace="shop", name=name))
    with pytest.raises(BadInput):
        path_of(Ref(kind="Pod", namespace=name, name="web"))


def test_unknown_kinds_missing_namespaces_and_secrets_are_refused() -> None:
    for ref in (
        Ref(kind="Potato", namespace="shop", name="x"),
        Ref(kind="Pod", name="x"),
        Ref(kind="Secret", namespace="shop", name="x"),
    ):
        with pytest.raises(BadInput):
            path_of(ref)


def test_the_reader_may_read_every_known_kind_and_change_nothing() -> None:
    rules = reader_rules()
    granted = {(group, plural) for rule in rules for group in rule["apiGroups"] for plural in rule["resources"]}
    assert {(r.group, r.plural) for r in RESOURCES.values()} <= granted
    assert ("", "secrets") not in granted
    writing = [rule for rule in rules if set(rule["verbs"]) - {"get", "list", "watch"}]
    assert [rule["resources"] for rule in writing] == [["selfsubjectaccessreviews", "selfsubjectrulesreviews"]]
