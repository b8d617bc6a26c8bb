# loopscope: finding rule=stuck line=future count=1
# loopscope: finding rule=stuck line=event count=1
"""Two tasks wait on what nobody else has; others wait on purpose, with a time limit, or for what will come."""

import asyncio


async def ask(pending):
    answer = asyncio.get_running_loop().create_future()
    pending["question"] = answer
    pending.pop("question")
    return await answer  # <- future


async def wait_for_event():
    ready = asyncio.Event()
    await ready.wait()  # <- event


async def on_purpose():
    await asyncio.Event().wait()


async def with_a_time_limit():
    answer = asyncio.get_running_loop().create_future()
    try:
        await asyncio.wait_for(answer, 3)
    except asyncio.TimeoutError:
        pass


async def for_what_will_come(loop):
    answer = loop.create_future()
    loop.call_later(3, answer.set_result, None)
    await answer


async def main():
    loop = asyncio.get_running_loop()
    tasks = [
        asyncio.create_task(waiting)
        for waiting in (ask({}), wait_for_event(), on_purpose(), with_a_time_limit(), for_what_will_come(loop))
    ]
    await asyncio.sleep(3.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
