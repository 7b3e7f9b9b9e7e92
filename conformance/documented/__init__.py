"""A provider held to its own documentation: contracts, what is tried because of them, and how it is judged."""
