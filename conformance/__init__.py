"""Conformance tests for logout endpoints of OpenID providers."""
