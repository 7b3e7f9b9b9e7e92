"""The JSON Schema of evidence, made from its records: ``python -m conformance.evidence.schema`` writes it anew."""

from pathlib import Path

import msgspec

from conformance.evidence.events import Run, ScenarioEvidence

FILE = Path(__file__).with_name("evidence.schema.json")


def schema() -> dict[str, object]:
    """Return the schema of a scenario's file and, under ``$defs``, of the index and of every event."""
    (scenario, _), parts = msgspec.json.schema_components(
        [ScenarioEvidence, Run], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Evidence of logout-conformance: one scenario (the index is $defs/Run)",
        **scenario,
        "$defs": parts,
    }


def text() -> str:
    """Return the schema as the file has it."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
