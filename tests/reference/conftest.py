"""One provider and one event loop for all tests of this folder: tenants keep them apart."""

import asyncio
import contextlib

import pytest
import trustme

from conformance.reference import ReferenceProvider
from conformance.reference.switches import spoken_contracts
from tests.reference.support import Receiver, Stage, trusting


@pytest.fixture(scope="session")
def stage():
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        yield runner.run(_open(stack, runner))
        runner.run(stack.aclose())


async def _open(stack, runner):
    ca = trustme.CA()
    receiver = await stack.enter_async_context(Receiver(ca).running())
    hosts = {"rp.test": receiver.address}
    clients = [client for contract in spoken_contracts() for client in contract.clients]
    provider = ReferenceProvider(ca=ca, trust=trusting(ca), backchannel_hosts=hosts, clients=clients)
    return Stage(runner, await stack.enter_async_context(provider), receiver)


@pytest.fixture
def at(stage):
    """Runs a coroutine function with browsers at a tenant."""
    stage.receiver.reset()
    return stage.at
