"""IAM database authentication: PostgreSQL asks us, by its `ldap` method, whether a token lets a user in.

The name that it binds with tells the instance and the user: `uid=<user>,ou=<DbiResourceId>`.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glue_app.emulator.host import credentials
from glue_app.emulator.host.service import NotEmulatedError
from glue_app.emulator.service.clock import now
from glue_app.emulator.settings import Settings

from ..models import DBInstance, Endpoint, RdsStores
from ..postgres.server import LdapMethod
from . import tokens
from .ldap_messages import Bind
from .ldap_server import BindServer
from .tokens import Login, TokenRefusedError

LOG = logging.getLogger(__name__)

_LOCALHOST = "127.0.0.1"
SETTING = "IAMDatabaseAuthenticationEnabled"
_PREFIX, _SUFFIX = "uid=", ",ou="
#: what a PostgreSQL that was built with LDAP calls
_SYMBOL = b"ldap_simple_bind"


class IamAuthentication:
    """Listens from the first instance on that has it enabled."""

    def __init__(self, config: Settings, stores: RdsStores) -> None:
        self._config, self._stores = config, stores
        self._lock = threading.Lock()
        self._server: BindServer | None = None

    def method(self, instance: DBInstance) -> LdapMethod | None:
        """None where the instance has it not enabled. Raises OSError where nothing can listen."""
        if not instance.settings[SETTING]:
            return None
        return LdapMethod(self._address(), _PREFIX, _SUFFIX + instance.resource_id)

    def close(self) -> None:
        with self._lock:
            if self._server:
                self._server.close()
                self._server = None

    def _address(self) -> Endpoint:
        """As the PostgreSQL servers reach us."""
        told = self._config.rds_iam_address
        with self._lock:
            if self._server is None:
                listening = Endpoint("0.0.0.0", told[1]) if told else Endpoint(_LOCALHOST, 0)  # noqa: S104
                self._server = BindServer(listening, self._judge)
            return Endpoint(*told) if told else Endpoint(_LOCALHOST, self._server.port)

    def _judge(self, bind: Bind) -> bool:
        """Tell whether the password is a token that lets this user of this instance in."""
        user, _, resource_id = bind.name.removeprefix(_PREFIX).rpartition(_SUFFIX)
        instances = {one.resource_id: one for one in self._stores.all_instances() if one.settings[SETTING]}
        if (instance := instances.get(resource_id)) is None:
            LOG.warning("no DB instance with IAM authentication has the resource id %r", resource_id)
            return False
        partition, _, region, account_id = instance.arn.split(":")[1:5]
        login = Login(user, instance.endpoint, region)
        lookup = functools.partial(credentials.find, account_id=account_id, partition=partition)
        try:
            key = tokens.check(bind.password, login, lookup, now())
        except TokenRefusedError as error:
            LOG.warning("DB instance %s does not let %r in: the token %s", instance.identifier, user, error)
            return False
        LOG.info("DB instance %s lets %r in by access key %s", instance.identifier, user, key)
        return True


def require_support(config: Settings, operation: str, request: Mapping[str, Any]) -> None:
    """Refuse to enable it where this machine's PostgreSQL can't ask us. Raises NotEmulatedError.

    The postgres container's can: it is Debian's.
    """
    wanted = request.get("EnableIAMDatabaseAuthentication") and not config.postgres_channel
    if wanted and not _has_ldap(config.postgres_bin / "postgres"):
        raise NotEmulatedError(
            "rds", f"{operation} with EnableIAMDatabaseAuthentication on a PostgreSQL without LDAP"
        )


@functools.cache
def _has_ldap(program: Path) -> bool:
    return program.is_file() and _SYMBOL in program.read_bytes()
