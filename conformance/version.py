"""The version of the suite; every result names it."""

VERSION = "0.1.0"
