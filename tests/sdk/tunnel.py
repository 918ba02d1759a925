"""An HTTPS proxy on loopback that leads every simulated host to the simulator's port.

The SDKs are used as they are, with HTTPS_PROXY and a file of trusted authorities, as behind a company's proxy: host
names, ports, server names in TLS and certificates are those of Azure. Arguments: the simulator's port, then the hosts.
"""

import asyncio
import socket
import sys

SIMULATOR = int(sys.argv[1])
HOSTS = set(sys.argv[2:])


def acknowledge(writer):
    """Acknowledges at once: urllib3 leaves Nagle's algorithm on towards a proxy, and each POST would wait for 40 ms."""
    if hasattr(socket, "TCP_QUICKACK"):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


async def copy(reader, writer, source):
    try:
        acknowledge(source)
        while block := await reader.read(65536):
            acknowledge(source)
            writer.write(block)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    method, target, _ = (await reader.readline()).decode("ascii", "replace").split(" ", 2)
    while (await reader.readline()).strip():
        pass
    host, _, port = target.partition(":")
    if method != "CONNECT" or port != "443" or host not in HOSTS:
        print(f"refused: {method} {target} is not a simulated host", file=sys.stderr, flush=True)
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        return
    simulator = await asyncio.open_connection("127.0.0.1", SIMULATOR)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(copy(reader, simulator[1], writer), copy(simulator[0], writer, simulator[1]))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
