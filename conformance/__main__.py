"""``python -m conformance`` is ``logout-conformance``."""

from conformance.cli import main

main(prog_name="logout-conformance")
