"""What relying parties answer because the config says so (`receiver.answers`)."""

from conformance.config.model import AnswerConfig, ProviderConfig
from conformance.evidence.events import CONFIGURED
from conformance.provider.relying_party import RelyingParty
from conformance.receiver import Answer, Receiver, ScriptedEndpoint
from conformance.scenarios.registry import scenarios

CHANNELS: dict[str, ScriptedEndpoint] = {"back_channel": "backchannel", "front_channel": "frontchannel"}


def give(receiver: Receiver, config: ProviderConfig, rp: RelyingParty, scenario: str) -> None:
    """Let a relying party answer as the config says, unless the scenario says itself what is answered."""
    known = scenarios().get(scenario)
    scripted = known is not None and known.scripts
    for channel, endpoint in CHANNELS.items():
        found = None if scripted else _found(config.receiver.answers, channel, rp.client_id)
        receiver.usually(rp.key, endpoint, _answer(found) if found else None)


def _found(answers: list[AnswerConfig], channel: str, client_id: str) -> AnswerConfig | None:
    """The client's own answer goes before that of every client."""
    fitting = [a for a in answers if a.channel == channel and a.client_id in ("*", client_id)]
    return min(fitting, key=lambda answer: answer.client_id == "*", default=None)


def _answer(said: AnswerConfig) -> Answer:
    body = said.body.encode("utf-8", "replace")  # JSON may name half a character
    return Answer(
        name=f"{CONFIGURED}: {said.in_words}", status=said.status, body=body, delay=said.delay, hang=said.hang,
        drop=said.refuse, headers=[("Content-Type", said.content_type), ("Cache-Control", "no-store")],
    )  # fmt: skip
