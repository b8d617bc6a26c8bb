"""Six pools get their first job on one line and stay; and default executors come and go with their loops."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


async def main(pools):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, int)
    for pool in pools:
        await loop.run_in_executor(pool, int)


pools = [ThreadPoolExecutor(max_workers=1) for _ in range(6)]
asyncio.run(main(pools))
for _ in range(6):
    asyncio.run(main([]))
for pool in pools:
    pool.shutdown()
