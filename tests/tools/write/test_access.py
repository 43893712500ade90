"""The writer's rights are those of the catalogue and no more."""

from tools.write.access import writer_rules

WRITES = {"create", "delete", "patch"}


def test_exactly_these_writes() -> None:
    granted = {
        (resource, verb)
        for rule in writer_rules()
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if verb in WRITES
    }
    patched = ("deployments", "statefulsets", "daemonsets", "services", "configmaps", "nodes", "networkpolicies")
    assert granted == {(plural, "patch") for plural in (*patched, "resourcequotas", "persistentvolumes")} | {
        ("pods", "delete"),
        ("configmaps", "create"),
        ("configmaps", "delete"),
        ("networkpolicies", "delete"),
        ("networkpolicies", "create"),
        ("jobs", "create"),
    }


def test_no_wildcard_no_secret_no_subresource_no_other_verb() -> None:
    for rule in writer_rules():
        assert set(rule["verbs"]) <= WRITES | {"get", "list"}
        for resource in rule["resources"]:
            assert resource not in ("*", "secrets")
            assert "/" not in resource
