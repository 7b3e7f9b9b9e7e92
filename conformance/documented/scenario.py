"""Recording a contract: one scenario for each endpoint, one case for each trial."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import msgspec

from conformance.config.model import ContractUse
from conformance.config.secrets import strings
from conformance.documented import names
from conformance.documented.cast import Cast, Clients, assemble
from conformance.documented.model import Contract, Endpoint, Expect, When
from conformance.documented.probes import probe
from conformance.documented.requests import Outgoing, outgoing, texts
from conformance.documented.trial_case import AFTER_LOGOUT
from conformance.documented.trials import Trial, claims, how, trials
from conformance.evidence.events import DOCUMENTED, Documented, Logout
from conformance.provider.agent import AgentError, Landing, NeedsBrowserError, RateLimitedError
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import Scenario


def scenario_name(contract: Contract, endpoint: Endpoint) -> str:
    """Return the name under which the trials of an endpoint are recorded."""
    return f"documented-{contract.contract}-{endpoint.name}"


def scenarios(used: Iterable[tuple[ContractUse, Contract]]) -> Mapping[str, Scenario]:
    """Return the scenarios of the contracts that a config names."""
    return {
        one.name: one
        for use, contract in used
        for one in (_scenario(use, contract, endpoint) for endpoint in contract.endpoints)
    }


def _scenario(use: ContractUse, contract: Contract, endpoint: Endpoint) -> Scenario:
    does = f"Send the requests that {contract.title} documents for {endpoint.heading}, and what differs from them."
    body = partial(record_contract, use=use, contract=contract, endpoint=endpoint)
    return Scenario(scenario_name(contract, endpoint), body, does)


async def record_contract(lab: Lab, *, use: ContractUse, contract: Contract, endpoint: Endpoint) -> None:
    """Carry out every trial of an endpoint; what goes wrong with one is written down for it alone."""
    lab.world.redactor.publish(published(contract))
    clients = Clients(lab, contract, use)
    for trial in trials(contract, endpoint):
        with lab.case(trial.label):
            try:
                await _in_whatever_agent(clients, trial)
            except (AgentError, InconclusiveError, NotTestedError) as problem:
                lab.gap(problem)
                if isinstance(problem, RateLimitedError):
                    return


async def _in_whatever_agent(clients: Clients, trial: Trial) -> None:
    """Use plain HTTP, and Chromium where a page needs it: then nothing of the first attempt is kept."""
    lab = clients.lab
    before = len(lab.recorder.events)
    try:
        await _carry_out(await assemble(clients, trial, browser=lab.browser))
    except NeedsBrowserError:
        if lab.browser:
            raise
        lab.forget(before)
        await _carry_out(await assemble(clients, trial, browser=True))


async def _carry_out(cast: Cast) -> None:
    trial = cast.trial
    for what, by in trial.probes:
        await probe(cast, what, by, "before")
    values = await cast.values(_wanted(cast))
    _check_forms(trial, values)
    if "dead_access_token" in values:
        await _send_before(cast, values)
    request = outgoing(trial.endpoint, trial.when, values)
    landing = await _send(cast, request, values)
    if trial.extra in ("front", "back"):
        await cast.lab.hears(cast.application, "backchannel" if trial.extra == "back" else "frontchannel")
    for what, by in trial.probes:
        await probe(cast, what, by, "after")
    if trial.extra == "login" and landing is not None:
        verifier = cast.verifier if "code_challenge" in values else ""
        await cast.lab.flows.sign_in_from(
            cast.agent, cast.application, cast.user, landing, verifier=verifier, label=AFTER_LOGOUT
        )


def _check_forms(trial: Trial, values: Mapping[str, str]) -> None:
    """Raise NotTestedError where a value in another form is the same, such as a path without letters."""
    same = [name for text in texts(trial.endpoint, trial.when) for name in names.unchanged(text, values)]
    if same:
        name = same[0]
        raise NotTestedError(f"needs a {name} that {trial.label} changes; {values[name]} stays the same")


def published(contract: Contract) -> Iterator[str]:
    """Yield every text that the documentation has in an answer: evidence shows it, whatever its member is called."""
    for one in claims(contract):
        yield from (text for _, text in strings(msgspec.to_builtins(one.expect)))


def _wanted(cast: Cast) -> list[str]:
    """Return the names that the request needs, and those by which its answer is judged."""
    trial = cast.trial
    sent = [name for text in texts(trial.endpoint, trial.when) for name in names.used(text)]
    expected = [
        name
        for one in claims(cast.contract)
        if one.endpoint.name == trial.endpoint.name and one.label == trial.label
        for name in _expected(one.expect)
    ]
    return [*sent, *expected]


def _expected(expect: Expect) -> list[str]:
    redirect, login, notified = expect.redirect, expect.login, expect.notified
    told = [*([redirect.to, *redirect.parameters.values()] if redirect else [])]
    told += [login.ends_at, *login.parameters.values()] if login else []
    told += [*expect.headers.values(), *expect.shows]
    told += [value for value in notified.parameters.values() if isinstance(value, str)] if notified else []
    return [name for text in told for name in names.used(text)]


async def _send_before(cast: Cast, values: dict[str, str]) -> None:
    """Send the documented request with a token, so that it is dead."""
    once = {**values, "access_token": values["dead_access_token"]}
    if "access_token" not in [
        name for text in texts(cast.trial.endpoint, When()) for name in names.used(text)
    ]:
        raise NotTestedError("the documented request takes no access token that it could make useless")
    once |= await cast.values(
        name for text in texts(cast.trial.endpoint, When()) for name in names.used(text) if name not in once
    )
    await _by_server(cast, outgoing(cast.trial.endpoint, When(), once), "documented before")


async def _send(cast: Cast, request: Outgoing, values: Mapping[str, str]) -> Landing | None:
    lab, trial = cast.lab, cast.trial
    shown = {name: lab.recorder.text(value) for name, value in values.items()}
    lab.add(
        Documented, endpoint=trial.endpoint.name, how=how(trial.endpoint, trial.when), method=request.method,
        url=lab.recorder.text(request.url), values=shown,
        parameters=[(one.place, one.name, lab.recorder.text(one.value)) for one in request.placed],
    )  # fmt: skip
    if trial.endpoint.by == "server":
        await _by_server(cast, request, DOCUMENTED)
        return None
    return await _by_browser(cast, request)


async def _by_server(cast: Cast, request: Outgoing, purpose: str) -> None:
    content, kind = request.body()
    headers = {**dict(request.pairs("header")), **kind}
    await cast.lab.api.request(request.method, request.address, purpose, headers, content)


async def _by_browser(cast: Cast, request: Outgoing) -> Landing:
    """Send the browser there, and answer the question if there is one."""
    lab, agent = cast.lab, cast.agent
    own, sent = (
        cast.application.post_logout_redirect_uris,
        [one for one in request.placed if one.place != "header"],
    )
    lab.add(
        Logout, agent=agent.label, rp=cast.application.role, method=request.method,
        endpoint=lab.recorder.text(request.url), answer="yes",
        parameters=[(one.name, lab.recorder.text(one.value)) for one in sent],
        post_logout_redirect_uri=next((one.value for one in sent if one.value in own), None),
    )  # fmt: skip
    if headers := dict(request.pairs("header")):
        await agent.send_headers(headers)
    if request.method == "POST":
        landing = await agent.post(request.address, request.pairs("form"), "logout", "logout")
    else:
        landing = await agent.get(request.address, "logout", "logout")
    return await lab.finish(agent, landing)
