import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import serial

_P = TypeVar("_P", bound=asyncio.BaseProtocol)

class SerialTransport(asyncio.Transport):
    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, serial_instance: serial.Serial
    ) -> None: ...
    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def serial(self) -> serial.Serial: ...
    def flush(self) -> None: ...

async def connection_for_serial(
    loop: asyncio.AbstractEventLoop, protocol_factory: Callable[[], _P], serial_instance: serial.Serial
) -> tuple[SerialTransport, _P]: ...
async def create_serial_connection(
    loop: asyncio.AbstractEventLoop, protocol_factory: Callable[[], _P], *args: Any, **kwargs: Any
) -> tuple[SerialTransport, _P]: ...
