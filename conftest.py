"""Loads the plugin in a source checkout that is not installed; an installed one is found by its entry point."""

from importlib.metadata import entry_points

if not any(point.value == "conformance.plugin" for point in entry_points(group="pytest11")):
    pytest_plugins = ["conformance.plugin"]
