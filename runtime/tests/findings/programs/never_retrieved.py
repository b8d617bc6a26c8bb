# loopscope: finding rule=never-retrieved line=maker count=1
# loopscope: finding rule=never-retrieved line=kept count=1
"""Three tasks fail and nobody looks: two are freed, one is kept to the end. A fourth one's failure is looked at."""

import asyncio


async def fail(reason):
    await asyncio.sleep(0.05)
    raise ValueError(reason)  # <- raised


kept = []


async def main():
    for number in range(2):
        asyncio.create_task(fail(f"freed {number}"))  # noqa: RUF006  # <- maker
    kept.append(asyncio.create_task(fail("kept")))  # <- kept
    try:
        await asyncio.create_task(fail("looked at"))
    except ValueError:
        pass
    await asyncio.sleep(0.3)


asyncio.run(main())
