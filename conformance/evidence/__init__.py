"""Evidence: what was observed, written down so that it can be judged again."""
