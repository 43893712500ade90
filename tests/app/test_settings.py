"""Settings: safe defaults, and every mistake in one sentence that names it and shows no secret."""

from pathlib import Path

import pytest

from app.example import example
from app.settings import Settings, load_settings
from app.wording import missing_for_slack
from domain.errors import Misconfigured
from domain.incident import Budget

ROOT = Path(__file__).parents[2]


pytestmark = pytest.mark.usefixtures("clean")


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)
    return str(refused.value).split("\n")


def test_the_defaults_are_safe() -> None:
    settings = load_settings()
    assert settings.approvers == ()
    assert not settings.allow_self_approval
    assert settings.policy == "playbook"
    assert "kube-system" in settings.protected_namespaces
    assert settings.budget == Budget()
    assert settings.store_url == "sqlite:///.aoi/aoi.db"
    assert settings.checkpoints_url == "sqlite:///.aoi/checkpoints.db"


def test_the_environment_comes_before_the_file_and_arguments_before_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("AOI_LOG_FORMAT=json\nAOI_HEALTH_PORT=1\nAOI_BUDGET_STEPS=3\n")
    monkeypatch.setenv("AOI_HEALTH_PORT", "2")
    monkeypatch.setenv("AOI_BUDGET_STEPS", "4")
    settings = load_settings(budget_steps=5)
    assert (settings.log_format, settings.health_port, settings.budget.steps) == ("json", 2, 5)


def test_lists_are_words_with_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOI_APPROVERS", "U0ADA, S0ONCALL")
    monkeypatch.setenv("AOI_NAMESPACES", "shop shop-db,")
    settings = load_settings()
    assert settings.approvers == ("U0ADA", "S0ONCALL")
    assert settings.namespaces == ("shop", "shop-db")


def test_checkpoints_lie_beside_the_database() -> None:
    assert load_settings(data_dir="/var/lib/aoi").checkpoints_url == "sqlite:////var/lib/aoi/checkpoints.db"
    elsewhere = load_settings(database_url="sqlite:////srv/incidents.db")
    assert elsewhere.checkpoints_url == "sqlite:////srv/checkpoints.db"
    shared = load_settings(database_url="postgresql+psycopg://u:p@db/aoi")
    assert shared.checkpoints_url == "postgresql://u:p@db/aoi"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("AOI_HEALTH_PORT", "abc", "AOI_HEALTH_PORT is 'abc'; it should be a valid integer."),
        ("AOI_HEALTH_PORT", "70000", "AOI_HEALTH_PORT is '70000'; it should be less than or equal to 65535."),
        ("AOI_LOG_FORMAT", "xml", "AOI_LOG_FORMAT is 'xml'; it should be 'text' or 'json'."),
        ("AOI_IN_CLUSTER", "perhaps", "AOI_IN_CLUSTER is 'perhaps'; it should be a valid boolean."),
        (
            "AOI_APPROVERS",
            "U0ADA,ben",
            "AOI_APPROVERS is 'U0ADA,ben'; it should hold ids of Slack users (U...) or user groups (S...),"
            " and 'ben' is none.",
        ),
        (
            "AOI_NAMESPACES",
            "Shop",
            "AOI_NAMESPACES is 'Shop'; it should hold names of Kubernetes namespaces, and 'Shop' is none.",
        ),
        ("AOI_POLICY", "react", "AOI_POLICY is 'react'; it should be 'playbook' or 'chat'."),
        ("AOI_POLICY", "chat", "AOI_POLICY is 'chat'; it wants AOI_MODEL_URL and AOI_MODEL_NAME as well."),
        ("AOI_APPROVER", "U0ADA", "AOI_APPROVER is no setting of AOI; did you mean AOI_APPROVERS?"),
        ("AOI_QQQQ", "hunter2", "AOI_QQQQ is no setting of AOI; .env.example lists them all."),
        (
            "AOI_SLACK_BOT_TOKEN",
            "xapp-hunter2",
            "AOI_SLACK_BOT_TOKEN is another kind of token; it should be the bot token, xoxb-….",
        ),
        (
            "AOI_VERIFY_SETTLE_SECONDS",
            "180",
            "AOI_VERIFY_SETTLE_SECONDS is '180'; it should be less than AOI_VERIFY_TIMEOUT_SECONDS,"
            " which is '180'.",
        ),
        (
            "AOI_SLACK_BASE_URL",
            "localhost:7000",
            "AOI_SLACK_BASE_URL is 'localhost:7000'; it should begin with http:// or https://.",
        ),
    ],
)
def test_a_mistake_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    assert problems(monkeypatch, **{name: value}) == [sentence]


def test_all_mistakes_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = problems(monkeypatch, AOI_HEALTH_PORT="-1", AOI_LOG_LEVEL="loud", AOI_TYPO="hunter2")
    assert [line.split()[0] for line in said] == ["AOI_TYPO", "AOI_LOG_LEVEL", "AOI_HEALTH_PORT"]


def test_a_local_slack_is_refused_in_a_real_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    said = problems(monkeypatch, AOI_SLACK_BASE_URL="http://127.0.0.1:7000/api/", AOI_IN_CLUSTER="true")
    assert len(said) == 1
    assert "anybody can approve as anybody" in said[0]


def test_variables_that_kubernetes_adds_for_services_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOI_SERVICE_HOST", "10.0.0.7")
    monkeypatch.setenv("AOI_PORT_8080_TCP_ADDR", "10.0.0.7")
    monkeypatch.setenv("AOI_PORT", "tcp://10.0.0.7:8080")
    load_settings()


def test_slack_says_which_tokens_it_wants() -> None:
    assert [s.split()[0] for s in missing_for_slack(load_settings())] == [
        "AOI_SLACK_BOT_TOKEN",
        "AOI_SLACK_APP_TOKEN",
    ]
    http = load_settings(slack_mode="http", slack_bot_token="xoxb-1")
    assert [s.split()[0] for s in missing_for_slack(http)] == ["AOI_SLACK_SIGNING_SECRET"]
    assert missing_for_slack(load_settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1")) == []


def test_secrets_are_not_shown_by_the_settings_themselves() -> None:
    settings = load_settings(
        slack_bot_token="xoxb-hunter2", model_api_key="hunter2", database_url="postgresql://u:hunter2@db/aoi"
    )
    assert "hunter2" not in repr(settings) + str(settings.model_dump())


def test_the_example_file_is_in_step_and_means_the_defaults(tmp_path: Path) -> None:
    file = ROOT / ".env.example"
    assert file.read_text() == example(), "run: python -m app.example > .env.example"
    assert load_settings(env_file=file) == Settings()
    assert all(field.description for field in Settings.model_fields.values())
