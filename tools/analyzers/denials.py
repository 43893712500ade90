"""How servers turn clients away, in the words of both: unknown users, missing rights, another TLS setting."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tools.analyzers.stores import Store


class Denial(StrEnum):
    """Why a server does not serve a client that reaches it."""

    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    TLS = "tls"
    FULL = "no connection left"


@dataclass(frozen=True)
class Phrase:
    """A way to say it."""

    denial: Denial
    store: Store | None
    """Whose words they are; `None` when many programs say so."""
    shape: re.Pattern[str]


def _phrase(denial: Denial, store: Store | None, *shapes: str) -> Phrase:
    return Phrase(denial, store, re.compile("|".join(shapes), re.IGNORECASE))


_PHRASES = (
    _phrase(
        Denial.FULL,
        Store.POSTGRESQL,
        r"too many clients already",
        r"remaining connection slots are reserved",
        r"\b53300\b",
    ),
    _phrase(Denial.FULL, Store.MYSQL, r"\bToo many connections\b", r"ER_CON_COUNT_ERROR|max_user_connections"),
    _phrase(Denial.FULL, Store.REDIS, r"max number of clients reached"),
    _phrase(Denial.FULL, Store.MONGODB, r"connection refused because too many open connections|WaitQueueFull"),
    _phrase(
        Denial.FULL,
        None,
        r"(?:connection )?pool (?:is |was |has been )?exhausted",
        r"Connection is not available, request timed out",
        r"QueuePool limit of size",
        r"(?:timed out|timeout|unable to|could not) .{0,40}connection from (?:the )?(?:connection )?pool",
        r"no more connections (?:allowed|available)",
    ),
    _phrase(
        Denial.TLS,
        None,
        r"SSLHandshakeFailed",
        r"first record does not look like a TLS handshake",
        r"only allow (?:SSL|TLS)",
        r"SSL routines",
        r"wrong version number",
        r"(?:SSL|TLS)[ _]?handshake (?:error|failed|failure)",
        r"tls: (?:handshake failure|protocol version not supported|no supported versions)",
        r"server does not support (?:SSL|TLS)",
        r"server (?:requires|refused|rejected) (?:an? )?(?:SSL|TLS|encrypted)",
        r"insecure (?:connections|transport) (?:are|is) prohibited",
        r"connections using insecure transport",
        r"server gave HTTP response to HTTPS client|HTTP request (?:was sent )?to an? HTTPS (?:server|port)",
        r"no pg_hba\.conf entry for .*no encryption|SSL off",
    ),
    _phrase(
        Denial.AUTHORIZATION,
        Store.MONGODB,
        r"not authorized on \S+ to execute command",
        r"\"codeName\":\s?\"Unauthorized\"",
    ),
    _phrase(
        Denial.AUTHORIZATION,
        Store.POSTGRESQL,
        r"permission denied for (?:table|relation|schema|database|sequence|function|view)",
        r"must be owner of (?:table|relation|database)",
    ),
    _phrase(
        Denial.AUTHORIZATION,
        Store.MYSQL,
        r"\b[A-Z ]+ command denied to user",
        r"Access denied for user .* to database",
    ),
    _phrase(Denial.AUTHORIZATION, Store.REDIS, r"\bNOPERM\b"),
    _phrase(
        Denial.AUTHORIZATION,
        Store.KAFKA,
        r"(?:Topic|Group|Cluster|TransactionalId)AuthorizationException",
        r"(?:TOPIC|GROUP|CLUSTER)_AUTHORIZATION_FAILED",
    ),
    _phrase(Denial.AUTHORIZATION, Store.RABBITMQ, r"ACCESS_REFUSED - (?:access|operation)"),
    _phrase(
        Denial.AUTHENTICATION,
        Store.MONGODB,
        r"SASL authentication step",
        r"\bUserNotFound\b",
        r"Could not find user \S+ for db",
        r"\"c\":\s?\"ACCESS\".*authentication failed",
        r"SCRAM(?:-SHA-\d+)? authentication failed",
        r"unable to authenticate using mechanism",
        r"MongoServerError: Authentication failed",
    ),
    _phrase(
        Denial.AUTHENTICATION,
        Store.POSTGRESQL,
        r"password authentication failed for user",
        r"FATAL:\s+role \S+ does not exist",
        r"\b28P01\b",
        r"no pg_hba\.conf entry for",
    ),
    _phrase(Denial.AUTHENTICATION, Store.MYSQL, r"Access denied for user"),
    _phrase(
        Denial.AUTHENTICATION,
        Store.REDIS,
        r"\bWRONGPASS\b",
        r"\bNOAUTH\b",
        r"ERR invalid password",
        r"invalid username-password pair",
    ),
    _phrase(
        Denial.AUTHENTICATION,
        Store.KAFKA,
        r"SaslAuthenticationException",
        r"SASL_AUTHENTICATION_FAILED",
        r"failed authentication with",
    ),
    _phrase(
        Denial.AUTHENTICATION,
        Store.RABBITMQ,
        r"ACCESS_REFUSED - Login was refused",
        r"invalid credentials.*PLAIN|PLAIN login refused",
    ),
    _phrase(
        Denial.AUTHENTICATION,
        None,
        r"\bauthentication failed\b",
        r"\binvalid (?:username|user name|user) or password",
        r"\bAuthenticationFailed\b",
    ),
)
"""The narrower before the wider: a missing right before an unknown user, one store's words before everybody's."""


@lru_cache(maxsize=16_384)  # the looks of a watch read the same lines
def denial_in(line: str) -> Phrase | None:
    """The phrase that a line contains, or `None`."""
    return next((phrase for phrase in _PHRASES if phrase.shape.search(line)), None)
