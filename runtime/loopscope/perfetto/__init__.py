"""Recordings as traces that the Perfetto UI opens."""
