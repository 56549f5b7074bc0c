import asyncio
from collections import Counter

from t2i_core.data.turns import Turns


def test_a_host_gets_no_more_than_its_share_and_others_are_not_kept_waiting() -> None:
    async def story() -> None:
        turns: Turns[str] = Turns(per_host=2)
        for number in range(5):
            turns.add("slow", f"slow {number}")
        turns.add("quick", "quick 0")
        taken = [await turns.take() for _ in range(3)]
        assert sorted(map(str, taken)) == ["quick 0", "slow 0", "slow 1"]
        waiting = asyncio.ensure_future(turns.take())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        turns.done("slow")
        assert await waiting == "slow 2"

    asyncio.run(story())


def test_every_job_is_handed_out_once_whatever_the_number_of_takers() -> None:
    async def story() -> None:
        turns: Turns[int] = Turns(per_host=3)
        active: Counter[str] = Counter()
        done: list[int] = []

        async def work() -> None:
            while (job := await turns.take()) is not None:
                host = str(job % 4)
                active[host] += 1
                assert active[host] <= 3
                await asyncio.sleep(0.0005)
                active[host] -= 1
                done.append(job)
                turns.done(host)
                if len(done) == 200:
                    turns.close()

        workers = [asyncio.ensure_future(work()) for _ in range(30)]
        for job in range(200):
            turns.add(str(job % 4), job)
        await asyncio.gather(*workers)
        assert sorted(done) == list(range(200))
        assert not turns._hosts  # nothing is remembered of hosts that are done

    asyncio.run(story())


def test_a_host_that_asked_for_a_pause_gets_it() -> None:
    async def story() -> None:
        turns: Turns[str] = Turns(per_host=2)
        loop = asyncio.get_running_loop()
        turns.pause("busy", 0.1)
        turns.add("busy", "later")
        turns.add("free", "now")
        start = loop.time()
        assert await turns.take() == "now"
        assert await turns.take() == "later"
        assert loop.time() - start >= 0.09

    asyncio.run(story())


def test_a_job_that_is_put_off_comes_back() -> None:
    async def story() -> None:
        turns: Turns[str] = Turns(per_host=1)
        turns.add_later("host", "again", 0.02)
        assert await asyncio.wait_for(turns.take(), 5) == "again"

    asyncio.run(story())


def test_whoever_waits_at_the_end_is_sent_home() -> None:
    async def story() -> None:
        turns: Turns[str] = Turns(per_host=1)
        waiting = [asyncio.ensure_future(turns.take()) for _ in range(3)]
        await asyncio.sleep(0)
        turns.close()
        assert await asyncio.gather(*waiting) == [None] * 3

    asyncio.run(story())
