"""Loads the plugin in a source checkout; installed, its entry point of the same name has done so already."""

pytest_plugins = ["conformance.plugin"]
