# loopscope: blocks line=run callee=subprocess.run cause=io count=1 max-seconds=0.4..
# loopscope: exit 0
"""A coroutine runs a child process the blocking way, and then the asyncio way."""

from __future__ import annotations

import asyncio
import subprocess
import sys

CHILD = [sys.executable, "-c", "import time; time.sleep(0.4); print('from the child')"]


async def main() -> None:
    completed = subprocess.run(CHILD, stdout=subprocess.PIPE, check=True)  # <- run
    print("blocking:", completed.stdout.decode().strip())
    child = await asyncio.create_subprocess_exec(*CHILD, stdout=asyncio.subprocess.PIPE)
    output, _ = await child.communicate()
    print("asyncio:", output.decode().strip())


if __name__ == "__main__":
    asyncio.run(main())
