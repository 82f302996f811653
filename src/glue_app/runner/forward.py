"""The addresses that databases have on the developer's machine, inside a container: forwarded to the servers.

`aws_db_instance` says one address, a loopback one, which host and jobs shall both reach.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping

LOG = logging.getLogger(__name__)
_CHUNK = 1 << 16

Address = tuple[str, int]


def start(table: Mapping[Address, Address]) -> None:
    """Listen on each address until the process ends. Raise OSError when one can't be had."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="forward", daemon=True).start()
    for here, there in table.items():
        asyncio.run_coroutine_threadsafe(_listen(here, there), loop).result()
        LOG.info("%s:%d leads to %s:%d", *here, *there)


async def _listen(here: Address, there: Address) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target = await asyncio.open_connection(*there)
        except OSError as error:
            LOG.warning("%s:%d: %s", *there, error)
            writer.transport.abort()  # as a server that is gone: the client may try again
            return
        try:
            await asyncio.gather(_pump(reader, target[1]), _pump(target[0], writer))
        finally:
            for end in (writer, target[1]):
                end.close()

    await asyncio.start_server(serve, *here)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until `source` ends; what is left goes out, then `sink` is closed for writing."""
    try:
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    except OSError:
        sink.transport.abort()
        return
    with contextlib.suppress(OSError):
        sink.write_eof()
