"""A cache that is full by bytes."""

import threading

from pyroaring import BitMap

from glancetape_cassettes.imageset.memory_cache import Cache, bytes_of


def test_what_was_put_in_is_found() -> None:
    """And given back at once."""
    cache: Cache[str] = Cache(10)

    cache.put("key", "a", 5)

    assert "a" == cache.get("key")
    assert cache.get("another") is None


def test_what_was_used_least_recently_goes_first() -> None:
    """Looking something up counts as use."""
    cache: Cache[int] = Cache(30)
    for key in (1, 2, 3):
        cache.put(key, key, 10)
    cache.get(1)

    cache.put(4, 4, 10)

    assert [1, None, 3, 4] == [cache.get(key) for key in (1, 2, 3, 4)]


def test_room_is_counted_in_bytes() -> None:
    """One large value takes the place of many small ones, up to the last byte."""
    cache: Cache[int] = Cache(30)
    for key in range(30):
        cache.put(key, key, 1)
    assert 0 == cache.get(0)

    cache.put("large", 1, 29)

    assert [0] == [key for key in range(30) if cache.get(key) is not None]
    assert 1 == cache.get("large")


def test_the_latest_value_is_kept_even_if_it_is_larger_than_the_room() -> None:
    """Else an order of many millions of images would be read for each page."""
    cache: Cache[str] = Cache(10)
    cache.put("small", "a", 10)

    cache.put("large", "b", 11)
    assert "b" == cache.get("large")
    assert cache.get("small") is None

    cache.put("other", "d", 10)
    assert "d" == cache.get("other")
    assert cache.get("large") is None


def test_a_value_that_is_put_again_is_counted_once() -> None:
    """With its new size."""
    cache: Cache[int] = Cache(20)
    cache.put("kept", 0, 10)
    for size in (10, 5, 10):
        cache.put("again", size, size)

    assert [0, 10] == [cache.get("kept"), cache.get("again")]


def test_threads_may_share_one() -> None:
    """What one has just found another drops."""
    cache: Cache[int] = Cache(5)
    wrong: list[object] = []

    def use() -> None:
        try:
            for number in range(5000):
                found = cache.get(number % 7)
                wrong.extend([found] * (found not in (None, number % 7)))
                cache.put(number % 7, number % 7, 1)
        except Exception as error:  # noqa: BLE001 - told below, by the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == wrong
    cache.put("last", 8, 5)
    assert [8] == [found for key in (*range(7), "last") if (found := cache.get(key)) is not None]


def test_a_bitmap_takes_what_its_containers_take() -> None:
    """Runs are small whatever they span, scattered positions two bytes each, 8 kB at most."""
    run = BitMap(range(1_000_000))
    run.run_optimize()

    assert 200 == bytes_of(BitMap())
    assert bytes_of(run) < 1000
    assert 2000 < bytes_of(BitMap(range(0, 60_000, 60))) < 2500
    assert 8192 < bytes_of(BitMap(range(0, 60_000, 2))) < 8700
