"""Which offsets of a topic a run reads, given where the last one ended; no Spark in here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from millrace.kafka import Topic
from millrace.step import StepError

# Properties of a snapshot's summary.
TOPIC = "millrace.topic"
TOPIC_ID = "millrace.topic-id"
OFFSETS = "millrace.offsets"
SKIPPED = "millrace.skipped"

# Offsets that are asked for: by partition, or for all partitions (None).
Asked = Mapping[int | None, int]


@dataclass(frozen=True, order=True)
class Range:
    """Messages of a partition, `end` not among them."""

    topic_id: str
    partition: int
    start: int
    end: int


@dataclass(frozen=True)
class Landed:
    """How far a table is: kept in the summary of the Iceberg snapshot whose rows make it true."""

    topic: str
    topic_id: str
    # By partition: the offset after the last one landed.
    offsets: Mapping[int, int]
    # What was never landed, because it was no longer in the topic; as the user agreed to.
    skipped: tuple[Mapping[str, object], ...] = ()

    def summary(self) -> dict[str, str]:
        """What a snapshot's summary says of it; lambdas/measure-streams/iceberg.ts reads the offsets, too."""
        offsets = {str(partition): offset for partition, offset in sorted(self.offsets.items())}
        skipped = json.dumps(list(self.skipped))
        return {TOPIC: self.topic, TOPIC_ID: self.topic_id, OFFSETS: json.dumps(offsets), SKIPPED: skipped}


def landed_in(summary: Mapping[str, str]) -> Landed | None:
    """How far a snapshot's summary says its table is; None where it says nothing of it."""
    if OFFSETS not in summary:
        return None
    offsets = {int(partition): offset for partition, offset in json.loads(summary[OFFSETS]).items()}
    return Landed(summary[TOPIC], summary[TOPIC_ID], offsets, tuple(json.loads(summary[SKIPPED])))


def not_landed(ranges: Sequence[Range], known: Landed | None) -> list[Range]:
    """The parts of ranges that are beyond what is landed."""
    done = known.offsets if known else {}
    same = [(each, done.get(each.partition, 0) if known and known.topic_id == each.topic_id else 0) for each in ranges]
    return [replace(each, start=max(each.start, offset)) for each, offset in same if each.end > offset]


@dataclass(frozen=True)
class Plan:
    """What a run reads."""

    # What is asked for, and what of it is still in the topic; none of them empty.
    wanted: tuple[Range, ...]
    ranges: tuple[Range, ...]
    # How far the table is afterwards.
    landed: Landed


def plan(topic: Topic, before: Landed | None, first: Asked, last: Asked, skip_missing: bool) -> Plan:
    """The ranges from where the last run ended (or `first`) to the topic's end (or `last`).

    Fails with a StepError where messages of these ranges are no longer in the topic, unless they may be skipped, and
    where a range would leave out messages that were never landed.
    """
    for partition in {*first, *last} - {None, *topic.end}:
        raise StepError(f"partition must be one of {topic.name} ({_listed(topic.end)}), got {partition}")
    missing: list[str] = []
    skipped: list[Mapping[str, object]] = []
    if before and before.topic_id != topic.id:
        missing.append(
            f"topic must be the one that was landed before ({before.topic}, id {before.topic_id}), got {topic.name}, "
            f"id {topic.id}, which was made anew since: what the old one held from offsets "
            f"{_by_partition(before.offsets)} on cannot be read"
        )
        skipped += [
            {"topicId": before.topic_id, "partition": partition, "from": offset, "to": None}
            for partition, offset in sorted(before.offsets.items())
        ]
    known = before if before and before.topic_id == topic.id else None
    # Before the first run nothing was promised; in a partition that was added since, everything is.
    reached = {each: known.offsets.get(each, 0) if known else topic.earliest[each] for each in sorted(topic.end)}
    furthest = max(reached.values())
    if first.get(None, 0) > furthest:
        raise StepError(
            f"from-offset must be at most {furthest}, where the last run ended, got {first[None]}: what is between "
            "would never be landed"
        )
    asked, ranges, offsets = [], [], dict(known.offsets) if known else {}
    for partition, done in reached.items():
        wanted = _wanted(topic, partition, done, first, last)
        start = max(wanted.start, min(topic.earliest[partition], wanted.end))
        if start > wanted.start:
            missing.append(
                f"messages must be in the topic until they are landed, got a gap in {topic.name}/{partition}: offsets "
                f"{wanted.start} to {start - 1} were deleted"
            )
            never = max(done, wanted.start)
            if start > never:
                skipped.append({"topicId": topic.id, "partition": partition, "from": never, "to": start})
        if wanted.start < wanted.end:
            asked.append(wanted)
        if start < wanted.end:
            ranges.append(Range(topic.id, partition, start, wanted.end))
        offsets[partition] = max(offsets.get(partition, 0), wanted.end)
    if missing and not skip_missing:
        raise StepError(f"{'; '.join(missing)}. To go on with what is there, run once with --skip-missing")
    recorded = (*(before.skipped if before else ()), *skipped)
    return Plan(tuple(asked), tuple(ranges), Landed(topic.name, topic.id, offsets, recorded))


def _wanted(topic: Topic, partition: int, done: int, first: Asked, last: Asked) -> Range:
    """What is asked for; a number for all partitions is taken as far as it goes in each."""
    end = topic.end[partition]
    if done > end:
        raise StepError(
            f"{topic.name}/{partition} must reach offset {done}, where the last run ended, got {end}: the brokers have "
            f"lost messages that are landed. To go on, make the topic anew and run once with --skip-missing"
        )
    start = first[partition] if partition in first else min(first.get(None, done), done)
    if start > done:
        raise StepError(
            f"from-offset of partition {partition} must be at most {done}, where the last run ended, got {start}: what "
            "is between would never be landed"
        )
    if last.get(partition, end) > end:
        raise StepError(f"to-offset of partition {partition} must be at most {end}, its end, got {last[partition]}")
    stop = last.get(partition, min(last.get(None, end), end))
    if partition in last and stop < start:
        raise StepError(f"to-offset of partition {partition} must be at least {start}, got {stop}")
    return Range(topic.id, partition, start, max(start, stop))


def _listed(partitions: Mapping[int, int]) -> str:
    return ", ".join(str(partition) for partition in sorted(partitions))


def _by_partition(offsets: Mapping[int, int]) -> str:
    return ", ".join(f"{partition}:{offset}" for partition, offset in sorted(offsets.items()))
