"""The faults, one file per part of the provider. A new fault is one decorated function in one of them."""
