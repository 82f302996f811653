"""The database through a session: the AWS CLI, the official plugin, a PostgreSQL client."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.ssm.conftest import connect
from tests.integration.ssm.tunnel import Tunnel


def test_a_query_with_tls(open_tunnel: Callable[..., Tunnel]) -> None:
    """The operator's procedure, up to the answer of the database."""
    with connect(open_tunnel().port) as connection:
        assert connection.info.pgconn.ssl_in_use
        assert connection.execute("SELECT 6 * 7").fetchone() == (42,)
