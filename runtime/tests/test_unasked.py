"""Holds while no viewer, recording or report asks: what is kept of them for whoever asks later."""

from __future__ import annotations

import json
from typing import Any

from conftest import Programs, line_of
from machine import Machine

HOLDS = """
    import asyncio, json, time
    import loopscope
    from loopscope import installation

    def sleeps():
        time.sleep(0.13)  # sleeps

    def follows_others():
        time.sleep(0.13)  # follows others

    async def keeps_the_gil():
        sum(range(40_000_000))  # keeps the GIL

    async def main():
        loop = asyncio.get_running_loop()
        for number in range(5):
            await asyncio.sleep(0.061 + number / 100)
            sleeps()
            await asyncio.sleep(0.061 + number / 100)
            for callback in (int, int, follows_others):
                loop.call_soon(callback)
        await asyncio.sleep(0.05)
        await asyncio.create_task(keeps_the_gil())
        await asyncio.sleep(0.05)

    loopscope.install()
    asyncio.run(main())
    loopscope.uninstall()
    tables = installation.last().tables
    lines = {site["id"]: site["line"] for site in tables.sites.records()}
    print(json.dumps([{**block, "line": lines.get(block["site"])} for block in tables.blocks.records()]))
"""


def test_holds_are_kept_with_line_and_cause(programs: Programs) -> None:
    machine = Machine()
    done = programs.python(programs.write(HOLDS))
    assert done.returncode == 0, done.stderr
    expected = {
        line_of(HOLDS, "sleeps"): ("sleep", 5),
        line_of(HOLDS, "follows others"): ("sleep", 5),
        line_of(HOLDS, "keeps the GIL"): ("native", 1),
    }
    blocks: list[dict[str, Any]] = json.loads(done.stdout)
    found = {block["line"]: (block["cause"], block["count"]) for block in blocks}
    if machine.was_starved():
        # Some may be put on the machine, but none on a line that is not theirs.
        assert set(found) <= {*expected, None}
    else:
        assert found == expected
