"""Which offsets a run reads: all of it without Spark."""

import pytest

from millrace.kafka import Topic
from millrace.offsets import Landed, Range, landed_in, not_landed, plan
from millrace.step import StepError


def topic(*partitions: tuple[int, int], id: str = "t1") -> Topic:
    """A topic whose partitions, from 0, have these earliest offsets and ends."""
    earliest, end = ({number: each[part] for number, each in enumerate(partitions)} for part in (0, 1))
    return Topic("attempts", id, earliest, end)


def known(*offsets: int, id: str = "t1", **more: object) -> Landed:
    return Landed("attempts", id, dict(enumerate(offsets)), **more)


def read(topic: Topic, before: Landed | None, first=(), last=(), skip_missing: bool = False):
    found = plan(topic, before, dict(first), dict(last), skip_missing)
    return [(each.partition, each.start, each.end) for each in found.ranges], dict(found.landed.offsets)


@pytest.mark.parametrize(
    ("partitions", "before", "first", "last", "ranges", "reached"),
    [
        pytest.param([(0, 3), (0, 0)], None, {}, {}, [(0, 0, 3)], {0: 3, 1: 0}, id="the first run reads all there is"),
        pytest.param([(2, 3)], None, {}, {}, [(0, 2, 3)], {0: 3}, id="to the first run nothing was promised"),
        pytest.param([(0, 5)], known(3), {}, {}, [(0, 3, 5)], {0: 5}, id="another one what came since"),
        pytest.param([(0, 5)], known(5), {}, {}, [], {0: 5}, id="nothing where nothing came"),
        pytest.param([(0, 5), (0, 2)], known(5), {}, {}, [(1, 0, 2)], {0: 5, 1: 2}, id="a partition that was added"),
        pytest.param([(0, 9)], known(5), {0: 2}, {0: 4}, [(0, 2, 4)], {0: 5}, id="a range again moves nothing"),
        pytest.param([(0, 9)], known(5), {0: 2}, {}, [(0, 2, 9)], {0: 9}, id="from there to the end"),
        pytest.param([(0, 9)], known(5), {}, {0: 7}, [(0, 5, 7)], {0: 7}, id="no further than asked"),
        pytest.param(
            [(0, 9), (0, 2)], known(9, 1), {None: 3}, {}, [(0, 3, 9), (1, 1, 2)], {0: 9, 1: 2}, id="all of them"
        ),
        pytest.param(
            [(0, 9), (0, 2)], known(9, 2), {None: 0}, {None: 4}, [(0, 0, 4), (1, 0, 2)], {0: 9, 1: 2}, id="up to"
        ),
        pytest.param([(0, 9)], known(5), {}, {None: 4}, [], {0: 5}, id="an end that is behind reads nothing"),
    ],
)
def test_a_run_reads(partitions, before, first, last, ranges, reached):
    assert read(topic(*partitions), before, first, last) == (ranges, reached)


@pytest.mark.parametrize(
    ("partitions", "before", "first", "last", "message"),
    [
        (
            [(4, 9), (3, 9)],
            known(2, 1),
            {},
            {},
            r"attempts/0: offsets 2 to 3 were deleted; .*/1: offsets 1 to 2 were del",
        ),
        ([(9, 9)], known(2), {}, {}, r"offsets 2 to 8 were deleted\. To go on .* run once with --skip-missing"),
        ([(4, 9)], known(9), {0: 1}, {}, "attempts/0: offsets 1 to 3 were deleted"),
        ([(3, 5), (0, 1)], known(5), {}, {}, None),
        ([(0, 4), (2, 3)], known(4), {}, {}, "attempts/1: offsets 0 to 1 were deleted"),
        ([(0, 4)], known(6), {}, {}, "attempts/0 must reach offset 6, where the last run ended, got 4"),
        ([(0, 4)], known(2, id="t0"), {}, {}, "which was made anew since: what the old one held from offsets 0:2 on"),
        (
            [(0, 9)],
            known(5),
            {0: 6},
            {},
            "from-offset of partition 0 must be at most 5, where the last run ended, got 6",
        ),
        ([(0, 9), (0, 9)], known(5, 7), {None: 7}, {}, None),
        ([(0, 9), (0, 9)], known(5, 7), {None: 8}, {}, "from-offset must be at most 7, where .*, got 8"),
        ([(2, 9)], None, {None: 3}, {}, "from-offset must be at most 2, where the last run ended, got 3"),
        ([(0, 9)], known(5), {}, {0: 10}, "to-offset of partition 0 must be at most 9, its end, got 10"),
        ([(0, 9)], known(5), {}, {0: 4}, "to-offset of partition 0 must be at least 5, got 4"),
        ([(0, 9)], known(5), {3: 0}, {}, r"partition must be one of attempts \(0\), got 3"),
    ],
)
def test_a_run_fails_where_messages_would_be_left_out(partitions, before, first, last, message):
    if message is None:
        read(topic(*partitions), before, first, last)
        return
    with pytest.raises(StepError, match=message):
        read(topic(*partitions), before, first, last)


def test_what_is_skipped_as_asked_is_recorded_once_and_kept():
    before = known(2, 3, skipped=({"partition": 7},))
    found = plan(topic((4, 9), (0, 5)), before, {}, {}, skip_missing=True)
    assert [(each.partition, each.start) for each in found.ranges] == [(0, 4), (1, 3)]
    gap = {"topicId": "t1", "partition": 0, "from": 2, "to": 4}
    assert found.landed.skipped == ({"partition": 7}, gap)
    assert plan(topic((4, 9), (0, 5)), found.landed, {}, {}, skip_missing=True).landed.skipped == (
        {"partition": 7},
        gap,
    )


def test_what_is_gone_of_a_range_read_again_was_landed_and_is_no_gap():
    found = plan(topic((4, 9)), known(9), {0: 1}, {}, skip_missing=True)
    assert found.landed.skipped == ()
    assert [(each.start, each.end) for each in found.ranges] == [(4, 9)]
    assert [(each.start, each.end) for each in found.wanted] == [(1, 9)]


def test_a_topic_made_anew_is_read_from_its_start_and_what_the_old_one_held_is_recorded():
    found = plan(topic((0, 2), id="t2"), known(5), {}, {}, skip_missing=True)
    assert [(each.topic_id, each.start, each.end) for each in found.ranges] == [("t2", 0, 2)]
    assert (found.landed.topic_id, dict(found.landed.offsets)) == ("t2", {0: 2})
    assert found.landed.skipped == ({"topicId": "t1", "partition": 0, "from": 5, "to": None},)


def test_a_summary_says_all_of_it_and_the_offsets_in_the_form_that_others_read():
    told = known(5, 7, skipped=({"partition": 0, "from": 1, "to": 2},)).summary()
    assert told["millrace.offsets"] == '{"0": 5, "1": 7}'
    assert landed_in(told) == known(5, 7, skipped=({"partition": 0, "from": 1, "to": 2},))
    assert landed_in({"total-records": "5"}) is None


def test_only_what_is_beyond_the_offsets_of_the_same_topic_is_not_landed():
    ranges = [Range("t1", 0, 2, 6), Range("t1", 1, 0, 3), Range("t2", 0, 0, 4)]
    assert not_landed(ranges, known(4, 3)) == [Range("t1", 0, 4, 6), Range("t2", 0, 0, 4)]
    assert not_landed(ranges, None) == ranges
