"""The provider's own documentation: its checks are made of the contracts that the config names."""
