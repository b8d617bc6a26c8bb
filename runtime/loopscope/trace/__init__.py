"""The level `trace`: every run of every callback, on asyncio's own loops."""
