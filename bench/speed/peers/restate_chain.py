"""Restate: prints the steps per second of chains. Arguments: steps, executions, the server's program.

The server keeps its log on disk. The service runs in this process; every step is a journal entry that the server holds.
"""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config

STEPS, EXECUTIONS, SERVER = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
service = restate.Service("bench")


@service.handler()
async def chain(context: restate.Context, n: int) -> int:
    """All steps."""
    for number in range(STEPS):
        n = await context.run_typed(f"s{number}", lambda before=n: before + 1)
    return n


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def answered(client: httpx.AsyncClient, method: str, url: str, **given: Any) -> httpx.Response:
    """The first answer that is a success, within a minute."""
    until = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await client.request(method, url, **given)
            if answer.is_success:
                return answer
        if time.monotonic() > until:
            sys.exit(f"{url} does not answer")
        await asyncio.sleep(0.05)


async def measure(ingress: str, admin: str, port: int) -> float:
    """Steps per second, one execution after the other."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(restate.app([service]), config, shutdown_trigger=stop.wait))
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        await answered(client, "GET", f"{admin}/health")
        await answered(client, "POST", f"{admin}/deployments", json={"uri": f"http://127.0.0.1:{port}"})
        await answered(client, "POST", f"{ingress}/bench/chain", json=0)
        began = time.perf_counter()
        for _ in range(EXECUTIONS):
            if (await answered(client, "POST", f"{ingress}/bench/chain", json=0)).json() != STEPS:
                sys.exit("the chain gave a wrong number")
        took = time.perf_counter() - began
    stop.set()
    await serving
    return STEPS * EXECUTIONS / took


with tempfile.TemporaryDirectory() as folder:
    ports = [free_port() for _ in range(4)]
    settings = {
        "RESTATE_BASE_DIR": folder,
        "RESTATE_BIND_ADDRESS": f"127.0.0.1:{ports[0]}",
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ports[1]}",
        "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{ports[2]}",
        "DO_NOT_TRACK": "1",
    }
    with Path(folder, "server.log").open("w") as log:
        server = subprocess.Popen([SERVER], env=settings, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        rate = asyncio.run(measure(f"http://127.0.0.1:{ports[1]}", f"http://127.0.0.1:{ports[2]}", ports[3]))
    except BaseException:
        print(Path(folder, "server.log").read_text()[-2000:], file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait()
print(json.dumps(rate))
