"""Every setting, from the environment and `.env`; nothing else in AOI reads either.

`.env.example` is made from this file by `python -m app.example`.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.wording import contradictions, sentences, unknown_names
from domain.errors import Misconfigured
from domain.incident import Budget
from graph.model.terms import Dialect, FormName
from store.urls import parse

PREFIX = "AOI_"
SLACK_URL = "https://slack.com/api/"

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"https?://\S+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_WEEKLY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d")
_PERSON = re.compile(r"[UWS][A-Z0-9]{2,}")


def _split(value: object) -> object:
    return tuple(re.split(r"[,\s]+", value.strip(", \t\n"))) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several words, separated by commas or spaces."""


class Settings(BaseSettings):
    """What AOI can be told. The text under each setting is its comment in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    data_dir: Path = Path(".aoi")
    """Folder for AOI's own files: the SQLite databases, checkpoints, adapters."""
    database_url: SecretStr | None = None
    """sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME; empty for aoi.db in the data folder."""

    slack_bot_token: SecretStr | None = None
    """Bot token of the Slack app, xoxb-..."""
    slack_app_token: SecretStr | None = None
    """App-level token with connections:write, xapp-...; needed in socket mode."""
    slack_signing_secret: SecretStr | None = None
    """Signing secret of the Slack app; needed in http mode."""
    slack_mode: Literal["socket", "http"] = "socket"
    """How Slack delivers: over a WebSocket that AOI opens, or by HTTP requests to AOI."""
    slack_port: int = Field(default=3000, ge=1, le=65535)
    """Port that listens to Slack in http mode."""
    slack_base_url: str = SLACK_URL
    """Slack's Web API; another address means local-slack, which never goes with a real cluster."""
    slack_posts_per_second: float = Field(default=1.0, gt=0, le=50)
    """Messages a second in one channel; Slack allows about one."""

    approvers: Words = ()
    """Who may approve: Slack ids of users (U...) and user groups (S...), separated by commas; empty for nobody."""
    allow_self_approval: bool = False
    """Whether a person may approve a write that he or she asked for; what is of high risk always takes two."""
    policy_file: Path | None = None
    """YAML file that says who may let AOI write what, where and when, in place of the two settings above."""
    proposal_minutes: float = Field(default=15, gt=0, le=1440)
    """Minutes until a proposal that nobody decided expires."""

    kubeconfig: Path | None = None
    """Kubeconfig file of both identities; empty for the client's default."""
    reader_kubeconfig: Path | None = None
    """Kubeconfig file of the reader, when it has one of its own."""
    reader_context: str | None = None
    """Context of the reader; empty for the current one."""
    writer_kubeconfig: Path | None = None
    """Kubeconfig file of the writer, when it has one of its own; with a separate executor for that one alone."""
    writer_context: str | None = None
    """Context of the writer; it must be another identity than the reader's."""
    in_cluster: bool = False
    """Use the pod's own ServiceAccount instead of a kubeconfig."""
    cluster_timeout_seconds: float = Field(default=10, gt=0, le=300)
    """Longest wait for one answer of the API server."""
    prometheus_url: str | None = None
    """Address of Prometheus or what speaks its API, such as http://prometheus.monitoring:9090; empty for none."""
    jaeger_url: str | None = None
    """Address of Jaeger's query service, such as http://jaeger-query.tracing:16686; empty for none."""
    loki_url: str | None = None
    """Address of Loki, such as http://loki.logging:3100; empty for none."""
    image_registries: Words = ()
    """Image prefixes that a write may use besides what a workload uses or has used."""
    namespaces: Words = ()
    """The only namespaces to look at and to write in; empty for all that the reader sees."""
    protected_namespaces: Words = ("kube-system", "kube-public", "kube-node-lease")
    """Namespaces that AOI never writes in, whatever else is set."""
    executor: Literal["embedded", "separate"] = "embedded"
    """Who writes: a task of aoi serve, or the process aoi executor; then aoi serve holds no right to write."""

    executor_stale_seconds: float = Field(default=60, ge=10, le=3600)
    """Silence after which another executor takes over an unfinished write; longer than any write takes."""

    policy: Literal["playbook", "chat"] = "playbook"
    """Who decides: rules without a model, or a model behind an OpenAI-compatible address."""
    model_url: Words = ()
    """Address of the model server, such as http://localhost:8000/v1; several of the same model share the work."""
    model_name: str | None = None
    """Name of the model, as the server lists it; its active adapter is asked where there is one."""
    model_path: str | None = None
    """What `aoi model serve` serves: a folder with the weights, or their name on the Hugging Face hub."""
    model_python: Path | None = None
    """The Python that has vLLM, for `aoi model serve`, when it is another one than AOI's own."""
    train_python: Path | None = None
    """The Python that has torch and TRL, for `aoi learn train`; empty for that of vLLM, which may have both."""
    model_api_key: SecretStr | None = None
    """Key for the model server, when it wants one."""
    model_dialect: Dialect = Dialect.VLLM
    """What the server takes: vllm also gives token ids and log-probabilities, for training; others: openai."""
    model_form: FormName = FormName.FULL
    """How the model is asked: full, with every probe and action; compact, a pick from a list, for small models."""
    model_tokenizer: Path | None = None
    """The model's tokenizer.json, to count tokens exactly before a call; empty for an estimate."""
    model_reply_tokens: int = Field(default=1_500, ge=100, le=32_000)
    """The longest reply of the model."""
    model_temperature: float = Field(default=0.0, ge=0, le=2)
    """How freely the model chooses its words; 0 for the likeliest."""
    model_samples: int = Field(default=1, ge=1, le=16)
    """Replies drawn for one decision; with several, what most of them decide is done."""
    model_verify: bool = False
    """Whether the model judges its decisions before one is taken; that can only lower their confidence."""
    model_shorten: bool = False
    """Whether the model puts what a probe had no room for into fewer sentences, which cite what they rest on."""
    model_call_seconds: float = Field(default=60, gt=0, le=3600)
    """Deadline of one call; after it the playbook decides that step."""
    model_incident_seconds: float = Field(default=600, gt=0)
    """Waiting for the model in one incident; after it the playbook goes on alone."""
    model_incident_cost: float | None = Field(default=None, ge=0)
    """Money for the model in one incident, in the unit of the prices; empty for no limit."""
    model_day_tokens: int | None = Field(default=None, ge=0)
    """Tokens in and out in one day (UTC), over all incidents and replicas; empty for no limit."""
    model_day_cost: float | None = Field(default=None, ge=0)
    """Money for the model in one day; empty for no limit."""
    model_price_in: float = Field(default=0.0, ge=0)
    """Price of a million tokens of prompt; 0 for a server of your own."""
    model_price_out: float = Field(default=0.0, ge=0)
    """Price of a million tokens of reply."""

    retrain_profile: str = ""
    """How AOI is trained: a profile's name, such as qwen3-14b, or a profile file; empty for not at all."""
    retrain_weekly: str = ""
    """When it is trained by itself, in UTC, such as mon 03:00; empty for only when somebody asks."""
    retrain_channel: str = ""
    """Id of the Slack channel (C...) that hears of the weekly retrain; needed with it."""
    retrain_worker: Literal["process", "none"] = "process"
    """Who does the work: a process that aoi serve starts, or whoever runs aoi learn work elsewhere."""
    gate_suite: str = "aiopslab-86:held-out"
    """What candidates are measured on: a suite of the lab, whose families of faults are never trained on."""
    gate_epochs: int = Field(default=3, ge=1, le=50)
    """Runs of each of its tasks, before and after."""
    gate_margin: float = Field(default=0.02, ge=0, le=1)
    """By how much a candidate must solve more to be offered: 0.02 is two points."""

    verify_settle_seconds: float = Field(default=20, ge=0, le=3600)
    """How long a symptom must stay away to count as gone."""
    verify_timeout_seconds: float = Field(default=180, gt=0, le=7200)
    """How long to watch after a write before judging it."""
    verify_every_seconds: float = Field(default=3, gt=0, le=600)
    """How often to look meanwhile; each look reads the whole namespace."""
    budget_steps: int = Field(default=Budget().steps, ge=1, le=1000)
    """Decisions in one incident before AOI hands over."""
    budget_probes: int = Field(default=Budget().probes, ge=1, le=10_000)
    """Probes in one incident."""
    budget_proposals: int = Field(default=Budget().proposals, ge=0, le=100)
    """Proposals in one incident."""
    budget_seconds: float = Field(default=Budget().seconds, gt=0)
    """Working time in one incident, not counting the wait for people."""
    budget_tokens: int = Field(default=Budget().tokens, ge=1)
    """Model tokens in one incident, in and out."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    log_format: Literal["text", "json"] = "text"
    """Lines for people, or JSON for a log store."""
    health_port: int = Field(default=0, ge=0, le=65535)
    """Port of /healthz and /readyz; 0 for none."""

    @property
    def store_url(self) -> str:
        """The database, with its password."""
        return self.database_url.get_secret_value() if self.database_url else f"sqlite:///{self.data_dir}/aoi.db"

    @property
    def checkpoints_url(self) -> str:
        """Where LangGraph keeps its checkpoints: beside a SQLite database, in a PostgreSQL one."""
        address = parse(self.store_url)
        if address.kind == "postgresql":
            return address.url.set(drivername="postgresql").render_as_string(hide_password=False)
        folder = address.folder or self.data_dir
        return f"sqlite:///{folder / 'checkpoints.db'}"

    @property
    def schedule_url(self) -> str:
        """The database for the schedule, which is no asyncio."""
        return parse(self.store_url).url.render_as_string(hide_password=False)

    @property
    def budget(self) -> Budget:
        """What one incident may spend."""
        return Budget(
            steps=self.budget_steps,
            probes=self.budget_probes,
            proposals=self.budget_proposals,
            seconds=self.budget_seconds,
            tokens=self.budget_tokens,
        )

    @property
    def local_slack(self) -> bool:
        """Whether Slack is a local stand-in, where anybody can act as anybody."""
        return self.slack_base_url.rstrip("/") != SLACK_URL.rstrip("/")

    @field_validator("slack_base_url", "prometheus_url", "jaeger_url", "loki_url")
    @classmethod
    def _are_addresses(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it should begin with http:// or https://")
        return value

    @field_validator("model_url")
    @classmethod
    def _are_all_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _all_match(value, _ADDRESS, "addresses that begin with http:// or https://")

    @field_validator("approvers")
    @classmethod
    def _are_people(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _all_match(value, _PERSON, "ids of Slack users (U...) or user groups (S...)")

    @field_validator("retrain_weekly")
    @classmethod
    def _is_a_time_of_the_week(cls, value: str) -> str:
        if value and not _WEEKLY.fullmatch(value.strip().lower()):
            raise ValueError("it should be a day and a time, such as mon 03:00")
        return value.strip().lower()

    @field_validator("retrain_channel")
    @classmethod
    def _is_a_channel(cls, value: str) -> str:
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError("it should be the id of a Slack channel, such as C0123ABCD")
        return value

    @field_validator("namespaces", "protected_namespaces")
    @classmethod
    def _are_namespaces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _all_match(value, _NAMESPACE, "names of Kubernetes namespaces")

    @field_validator(
        "data_dir",
        "kubeconfig",
        "reader_kubeconfig",
        "writer_kubeconfig",
        "policy_file",
        "model_tokenizer",
        "model_python",
        "train_python",
    )
    @classmethod
    def _at_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else None


def load_settings(env_file: Path | None = Path(".env"), **overrides: Any) -> Settings:
    """Read the settings; `overrides` by field name come before the environment, and that before the file.

    Raises:
        Misconfigured: with every problem, one sentence a line; it never shows the value of a secret.
    """
    file = {name.upper(): value for name, value in dotenv_values(env_file).items()} if env_file else {}
    problems = unknown_names({*file, *os.environ}, {PREFIX + name.upper() for name in Settings.model_fields})
    try:
        settings = Settings(_env_file=env_file, **overrides)
    except ValidationError as e:
        raise Misconfigured("\n".join([*problems, *sentences(e, PREFIX, _SECRETS)])) from e
    problems += contradictions(settings)
    if problems:
        raise Misconfigured("\n".join(problems))
    return settings


def _all_match(words: tuple[str, ...], pattern: re.Pattern[str], wanted: str) -> tuple[str, ...]:
    wrong = [word for word in words if not pattern.fullmatch(word)]
    if wrong:
        raise ValueError(f"it should hold {wanted}, and {wrong[0]!r} is none")
    return words


_SECRETS = frozenset(name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation))
