"""Faults of the page that frames relying parties."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault
from conformance.reference.urls import with_parameters, without_query

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant

_NOT_FRAMED = because(
    "no framed request arrives",
    *("FCL-2-05", "FCL-2-07", "FCL-2-10", "FCL-2-11", "FCL-2-12", "FCL-2-12b", "FCL-2-22"),
    *("FCL-3-01", "FCL-3-02", "FCL-3-03", "FCL-3-04", "FCL-3-04b"),
    *("RPI-2-37b", "RPI-2-37c", "RPI-2-38b", "RPI-2-39b", "RPI-3-07b", "OBS-10-02"),
)
_ONE_OF_BOTH = because("both are promised to clients that require them", "FCL-2-22", "FCL-2-10")


def _without(behaviour: Behaviour, *names: str) -> None:
    def edit(parameters: dict[str, str]) -> None:
        for name in names:
            parameters.pop(name, None)

    behaviour.frontchannel.parameter_edits.append(edit)


def _changed(behaviour: Behaviour, name: str, change: Callable[[str], str]) -> None:
    def edit(parameters: dict[str, str]) -> None:
        if name in parameters:
            parameters[name] = change(parameters[name])

    behaviour.frontchannel.parameter_edits.append(edit)


@fault(
    "frontchannel-silent",
    "RPI-2-37b",
    "RPI-2-38b",
    "FCL-2-07",
    does="No relying party is ever framed, though discovery announces it.",
    companions=_NOT_FRAMED,
)
def silent(behaviour: Behaviour) -> None:
    behaviour.frontchannel.recipients = lambda _tenant, _session, _initiator: []


@fault(
    "frontchannel-no-iss",
    "FCL-2-11",
    does="Framed requests have sid and lack iss.",
    companions={**_ONE_OF_BOTH, **because("there is no iss to compare", "FCL-2-12")},
)
def no_iss(behaviour: Behaviour) -> None:
    _without(behaviour, "iss")


@fault(
    "frontchannel-no-sid",
    "FCL-2-11",
    does="Framed requests have iss and lack sid.",
    companions={**_ONE_OF_BOTH, **because("there is no sid to compare", "FCL-2-12b", "FCL-3-09")},
)
def no_sid(behaviour: Behaviour) -> None:
    _without(behaviour, "sid")


@fault(
    "frontchannel-neither",
    "FCL-2-22",
    "FCL-2-10",
    does="Framed requests have neither iss nor sid, though it was promised.",
    companions=because(
        "nothing is added to the registered URI", "FCL-2-05", "FCL-2-12", "FCL-2-12b", "FCL-3-09"
    ),
)
def neither(behaviour: Behaviour) -> None:
    _without(behaviour, "iss", "sid")


@fault("frontchannel-wrong-iss", "FCL-2-12", does="iss of framed requests has a trailing slash too many.")
def wrong_iss(behaviour: Behaviour) -> None:
    _changed(behaviour, "iss", lambda iss: f"{iss}/")


@fault(
    "frontchannel-quoted-iss",
    "FCL-1.1-01",
    does="iss of framed requests is wrapped in quotation marks.",
    companions=because("iss is not that of the ID Token", "FCL-2-12", "RPI-1.1-01"),
)
def quoted_iss(behaviour: Behaviour) -> None:
    _changed(behaviour, "iss", lambda iss: f'"{iss}"')


@fault("frontchannel-wrong-sid", "FCL-2-12b", does="sid of framed requests is one that no client ever got.")
def wrong_sid(behaviour: Behaviour) -> None:
    _changed(behaviour, "sid", lambda sid: sid[::-1])


@fault("frontchannel-loses-query", "FCL-2-05", does="The query of the frontchannel_logout_uri is cut off.")
def loses_query(behaviour: Behaviour) -> None:
    behaviour.frontchannel.url = lambda uri, added: with_parameters(without_query(uri), added)


@fault(
    "frontchannel-by-image",
    "FCL-2-07",
    does="Relying parties are called by images instead of frames.",
    companions=_NOT_FRAMED,
)
def by_image(behaviour: Behaviour) -> None:
    behaviour.frontchannel.template = "frontchannel_images.html"


@fault(
    "frontchannel-blocked-by-policy",
    "FCL-2-07",
    does="The Content-Security-Policy of the page forbids the frames on it.",
    companions=_NOT_FRAMED,
)
def blocked_by_policy(behaviour: Behaviour) -> None:
    behaviour.frontchannel.allowed_by_policy = False


@fault(
    "frontchannel-initiator-only",
    "RPI-2-37b",
    "FCL-3-01",
    does="Only the relying party that asked for the logout is framed.",
    companions=because(
        "the others are not framed",
        *("RPI-2-37c", "RPI-3-07b", "FCL-2-05", "FCL-3-02", "FCL-2-22", "OBS-10-02"),
    ),
)
def initiator_only(behaviour: Behaviour) -> None:
    recipients = behaviour.frontchannel.recipients

    def one(tenant: Tenant, session: Session, initiator: Client | None) -> list[Client]:
        return [client for client in recipients(tenant, session, initiator) if client is initiator]

    behaviour.frontchannel.recipients = one


@fault(
    "frontchannel-skips-initiator",
    "RPI-2-38b",
    does="The relying party that asked for the logout is not framed.",
    companions=because(
        "the initiator is not framed",
        *("RPI-2-37c", "FCL-2-05", "FCL-2-07", "FCL-2-10", "FCL-2-22", "FCL-3-02", "FCL-3-04"),
    ),
)
def skips_initiator(behaviour: Behaviour) -> None:
    recipients = behaviour.frontchannel.recipients

    def others(tenant: Tenant, session: Session, initiator: Client | None) -> list[Client]:
        return [client for client in recipients(tenant, session, initiator) if client is not initiator]

    behaviour.frontchannel.recipients = others


@fault(
    "frontchannel-tells-everyone",
    "RPI-2-39b",
    "FCL-3-03",
    does="Every client of the provider is framed, whether it was in the session or not.",
    companions=because("browsers of other scenarios frame the relying parties that hold back", "FCL-3-02"),
)
def tells_everyone(behaviour: Behaviour) -> None:
    behaviour.frontchannel.recipients = lambda tenant, _session, _initiator: list(tenant.clients)


@fault(
    "frontchannel-sequential",
    "FCL-3-02",
    does="A relying party is framed only when the one before has loaded.",
)
def sequential(behaviour: Behaviour) -> None:
    behaviour.frontchannel.template = "frontchannel_sequential.html"


@fault(
    "frontchannel-after-redirect",
    "RPI-3-07b",
    does="With a redirect to make the page leaves at once, and frames relying parties too late.",
    companions=_NOT_FRAMED,
)
def after_redirect(behaviour: Behaviour) -> None:
    behaviour.frontchannel.template = "frontchannel_late.html"


@fault(
    "frontchannel-not-beside-backchannel",
    "RPI-2-37c",
    does="A relying party that registered both channels is told by the back channel alone.",
    companions=because("relying parties with both channels are not framed", *_NOT_FRAMED),
)
def not_beside_backchannel(behaviour: Behaviour) -> None:
    recipients = behaviour.frontchannel.recipients

    def front_alone(tenant: Tenant, session: Session, initiator: Client | None) -> list[Client]:
        told = recipients(tenant, session, initiator)
        return [client for client in told if not client.backchannel_logout_uri]

    behaviour.frontchannel.recipients = front_alone


@fault(
    "frontchannel-credentialless-iframes",
    "OBS-9-01",
    does="Relying parties are framed with the attribute credentialless, so their cookies stay out.",
)
def credentialless_iframes(behaviour: Behaviour) -> None:
    behaviour.frontchannel.template = "frontchannel_credentialless.html"
