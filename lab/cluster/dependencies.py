"""What containers depend on, as data: calls, what they say when one fails, and MongoDB's users."""

from typing import Literal, Self

from pydantic import Field, model_validator

from domain.base import Value


class MongoUse(Value):
    """How a call uses a MongoDB server, beyond connecting to it."""

    user: str | None = None
    """`None`: without authentication."""
    password: str = ""
    source: str = "admin"
    """The database that holds the user."""
    tls: bool = False
    db: str | None = None
    """The database it works on; `None`: it only connects and authenticates."""
    collection: str = ""
    action: Literal["find", "insert", "update", "remove"] = "find"
    command: str = '{{ count: "{collection}", query: {{}}, $db: "{db}" }}'
    """As a refusal quotes it."""
    documents: int = Field(default=0, ge=0)
    """What an empty collection is filled with when the call first gets through."""

    @property
    def spelled(self) -> str:
        """The command with its places filled."""
        return self.command.format(collection=self.collection, db=self.db)


class Connections(Value):
    """How many clients a server takes, and what it says to one too many."""

    most: int = Field(default=100, gt=0)
    env: str | None = None
    """A variable of the server that says it instead."""
    argument: str = ""
    """A pattern with one group over the server's command line, that says it before all others."""
    refusal: str = "FATAL: sorry, too many clients already"
    """As the client gets it."""
    told: str = "FATAL:  sorry, too many clients already"
    """The server's own line."""


class Call(Value):
    """A dependency: something the container connects to."""

    name: str
    env: str | None = None
    """The variable that holds `host:port` (a scheme and a path around it are allowed)."""
    address: str | None = None
    """`host:port` itself, or the default where `env` is not set."""
    registered: str | None = None
    """Instead of an address: a name that containers register by `registers`; dialled by pod IP, as with Consul."""
    default_port: int = 80
    """Where the address names none."""
    path: str | None = None
    """With it a request is made (for gRPC and Thrift: the method); a status of 500 or more is a failure."""
    protocol: Literal["http", "grpc", "thrift"] = "http"
    """In whose words the program tells a failure."""
    mongo: MongoUse | None = None
    """The other side is a MongoDB server, which may refuse."""
    tls: bool = False
    """It speaks TLS and verifies the other side's certificate."""
    pool: int = Field(default=0, ge=0)
    """How many connections the container keeps for it; they count where the other side has a limit."""
    pool_env: str | None = None
    """A variable that says it instead."""
    flags: bool = False
    """Feature flags are asked of it."""
    required_at_start: bool = False
    """The process ends when this fails at its start. Such calls are made in their order."""
    at_start_only: bool = False
    """It is not made again later."""
    patience: float = Field(default=0, ge=0)
    """Seconds that a start keeps trying before the process ends; `.inf`: for ever, without listening."""
    exit_code: int = Field(default=1, ge=0, le=255)
    """When the start gives up."""
    every_seconds: float = Field(default=15, gt=0)
    """How often a failure is logged while it lasts."""
    failed: str | None = None
    """The line (or lines) on failure; empty: silent; `None`: the behaviour's `call_failed`."""
    wrapped: str = "{error}"
    """What the program makes of the error for its own callers."""
    rejected: str | None = None
    """The line when the other side is there and answers badly; `None`: as `failed`."""
    recovered: str | None = None
    """The line when it works again."""
    connected: str | None = None
    """The line when it gets through at the start."""
    fatal: str = "FATAL: cannot connect to {name} at {address}: {error}"
    """The last lines when the start gives up."""

    @model_validator(mode="after")
    def _has_target(self) -> Self:
        if self.env is None and self.address is None and self.registered is None:
            raise ValueError("a call names env, address or registered")
        return self
