import json
from typing import Any

from tools.redact.service import Redactor

REDACTOR = Redactor()
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def pod(**spec: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": "web", "uid": "7d2b8c1e-9f3a-4e5d-8b6c-1a2b3c4d5e6f"},
        "spec": spec,
    }


def test_env_values_go_by_their_names_and_references_stay() -> None:
    env = [
        {"name": "DB_PASSWORD", "value": "hunter2"},
        {"name": "DATABASE_URL", "value": "postgres://shop:hunter2@db/orders"},
        {"name": "TOKEN_TTL", "value": "3600"},
        {"name": "LOG_LEVEL", "value": "debug"},
        {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "db-password", "key": "password"}}},
    ]
    out = REDACTOR.object(pod(containers=[{"name": "app", "env": env}]))["spec"]["containers"][0]["env"]
    assert [e.get("value") for e in out] == [
        "[redacted:password]",
        "postgres://shop:[redacted:url-password]@db/orders",
        "3600",
        "debug",
        None,
    ]
    assert out[4] == env[4]


def test_arguments_and_shell_commands_lose_their_secrets() -> None:
    container = {
        "name": "app",
        "command": ["sh", "-c", "exec /app --token=abc123 --port 80"],
        "args": ["--db-password", "hunter2", "--verbose", "--api-key", "--dry-run"],
    }
    out = REDACTOR.object(pod(containers=[container]))["spec"]["containers"][0]
    assert out["command"][2] == "exec /app --token=[redacted:token] --port 80"
    assert out["args"] == ["--db-password", "[redacted:password]", "--verbose", "--api-key", "--dry-run"]


def test_config_map_values_go_by_key_and_by_content() -> None:
    data = {
        "DB_PASSWORD": "hunter2",
        "app.yaml": "db:\n  host: db\n  password: hunter2\n",
        "app.json": '{"db": {"host": "db", "password": "hunter2"}}',
        "app.properties": "db.host=db\ndb.password=hunter2\n",
        "greeting": "hello",
    }
    out = REDACTOR.object({"kind": "ConfigMap", "data": data, "binaryData": {"key.p12": "aHVudGVyMg=="}})
    assert "hunter2" not in json.dumps(out)
    assert out["data"]["greeting"] == "hello"
    assert "host: db" in out["data"]["app.yaml"]
    assert json.loads(out["data"]["app.json"])["db"]["host"] == "db"
    assert out["binaryData"] == {"key.p12": "[redacted:binary]"}


def test_the_last_applied_annotation_is_redacted_by_its_structure() -> None:
    applied = json.dumps(pod(containers=[{"name": "app", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]))
    out = REDACTOR.object({"kind": "Pod", "metadata": {"annotations": {LAST_APPLIED: applied, "team": "shop"}}})
    annotations = out["metadata"]["annotations"]
    assert "hunter2" not in annotations[LAST_APPLIED]
    assert json.loads(annotations[LAST_APPLIED])["metadata"]["name"] == "web"
    assert annotations["team"] == "shop"


def test_a_secret_shows_its_keys_alone_wherever_it_stands() -> None:
    secret = {"kind": "Secret", "metadata": {"name": "db"}, "data": {"user": "c2hvcA=="}, "stringData": {"x": "y"}}
    for thing in (secret, {"kind": "List", "items": [secret]}, {"a": {LAST_APPLIED: json.dumps(secret)}}):
        out = json.dumps(REDACTOR.object(thing))
        assert "c2hvcA==" not in out
        assert "user" in out
        assert '"y"' not in out.replace("\\", "")


def test_event_messages_are_redacted() -> None:
    event = {"kind": "Event", "message": 'Error: cannot use "postgres://u:hunter2@db/x"'}
    assert "hunter2" not in REDACTOR.object(event)["message"]


def test_what_an_engineer_needs_stays() -> None:
    spec = {
        "imagePullSecrets": [{"name": "registry-token"}],
        "automountServiceAccountToken": False,
        "serviceAccountName": "token-service",
        "containers": [{"name": "app", "image": "shop/auth@sha256:" + "4c0f" * 16}],
        "volumes": [
            {"name": "tls", "secret": {"secretName": "web-tls", "items": [{"key": "tls.key", "path": "tls.key"}]}},
            {"name": "sa", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        ],
    }
    assert REDACTOR.object(pod(**spec)) == pod(**spec)


def test_the_object_that_came_in_is_not_changed() -> None:
    original = pod(containers=[{"env": [{"name": "TOKEN", "value": "abc"}]}])
    before = json.dumps(original)
    REDACTOR.object(original)
    assert json.dumps(original) == before
