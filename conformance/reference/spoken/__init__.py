"""Contracts that a tenant can speak: one file for each, with its endpoints; one beside it with their faults."""
