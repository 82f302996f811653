"""The instances as other rooms reach them (glue_app.emulator.service.listeners)."""

from __future__ import annotations

from glue_app.emulator.service.listeners import Listener
from glue_app.emulator.service.scope import Scope

from ..models import Endpoint, RdsStores
from .network import Network


def find(
    stores: RdsStores, network: Network, account_id: str, region: str, host: str, port: int
) -> Listener | None:
    """Find the DB instance of the account that has this endpoint, whether it accepts connections or not."""
    wanted = Endpoint(host, port)
    with stores.lock:
        for instance in stores.of(Scope(account_id, region)).instances.values():
            if instance.endpoint == wanted and instance.status != "creating":
                group = instance.subnet_group
                zone = instance.availability_zone
                here = (one.subnet_id for one in group.subnets if one.availability_zone == zone)
                return Listener(
                    network.reached(wanted),
                    group.vpc_id,
                    next(here, group.subnets[0].subnet_id),
                    tuple(instance.security_group_ids),
                )
    return None
