"""Scores ad impressions as they come, and keeps account of how good the predictions are once outcomes are known.

Two streaming queries in one application:

- impressions of `--topic` that carry no outcome are scored with the latest model. A batch is written to the predictions
  topic (at least once, by key), to CSV where asked, and last to the lake (exactly once), whose commit ends it. Those
  that carry their outcome are left alone; records that do not fit go to `--quarantine-table`, with the reason.
- outcomes of `--outcomes-topic` are landed, each once, in `--outcomes-table`, and joined with the predictions: the
  quality of each window of time goes to `--quality-table`, the rolling figures to `--quality`. It reads the topic, and
  not the table that ingest makes of it, so that where a cluster is always there no second application is needed; the
  table is what keeps an outcome until its prediction is there. Both may land the same topic, but not at the same time.

What it says of itself on standard output, one JSON object a line:

- `{"rows": 0, "note": "waiting for a model: none was trained yet"}`, once, where there is none
- `{"rows": 0, "waitingOutcomes": <in the topic before>, "note": "ready: scoring with model <version>"}`, once:
  impressions sent from now on are scored at once
- `{"rows": <scored by this process>, "outcomes": <taken in by this process>, "note": "model <version>"}`, after each
  batch of either query. Whoever has sent n of each sends SIGTERM once rows are n, and outcomes n more than those that
  were waiting; quality is then up to date.

With `--trigger available-now` it takes all that is there, impressions before outcomes, and ends; without a model it
leaves impressions for later, and says so in the result as `skipped`. SIGTERM ends it after the batches in hand.
"""

import argparse
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from pyspark.sql import SparkSession

from millrace.checkpoint import rows_to_read
from millrace.click_outcomes import Outcomes
from millrace.click_quality import Windows
from millrace.click_scoring import Outputs, Scoring, ensure_predictions
from millrace.click_tally import Tally
from millrace.contract import read_contract
from millrace.current_model import CurrentModel
from millrace.kafka import read_topic
from millrace.landing import Target, ensure_quarantine
from millrace.live_quality import LiveQuality, RollingFile, Tables, ensure_quality
from millrace.snapshots import ShortHistory
from millrace.step import progress, run, session, write_result
from millrace.streams import (
    AVAILABLE_NOW,
    Sink,
    Source,
    Stream,
    at_least_one,
    interval,
    kafka_option,
    sigterm,
    start,
    trigger,
    wait,
)

NO_MODEL = "none was trained yet"
# Longer than any query reads one version of the tables.
KEEP_SNAPSHOTS = timedelta(hours=1)
SHORTEN_EVERY = timedelta(minutes=10)
# To keep quality up takes the longer the more impressions a day has. It rests for so many times as long as it took, so
# that scoring is not held up: quality is then told later.
QUALITY_RESTS = 3


@dataclass(frozen=True)
class Parts:
    """What works together in a run."""

    models: CurrentModel
    scoring: Scoring
    outcomes: Outcomes
    quality: LiveQuality
    tally: Tally
    # Outcomes that were in the topic before.
    waiting_outcomes: int


def prepare(spark: SparkSession, args: argparse.Namespace) -> Parts:
    """Makes tables; fails with a StepError where a topic, or what a checkpoint would take up at, is not there."""
    impressions, predictions = read_contract(spark, args.contract), read_contract(spark, args.predictions_contract)
    target = Target(
        read_contract(spark, args.outcomes_contract), args.outcomes_table, args.outcomes_quarantine_table, "known_at"
    )
    read_topic(spark, args.brokers, args.predictions_topic, args.kafka_option)
    waiting = {
        query: rows_to_read(
            spark, checkpoint_of(args, query), read_topic(spark, args.brokers, topic, args.kafka_option)
        )
        for query, topic in (("impressions", args.topic), ("outcomes", args.outcomes_topic))
    }
    ensure_predictions(spark, args.predictions_table, predictions)
    ensure_quarantine(spark, args.quarantine_table, impressions)
    target.ensure_tables(spark)
    ensure_quality(spark, args.quality_table, read_contract(spark, args.quality_contract))

    tally, models = Tally(), CurrentModel(spark, args.models)
    quality = LiveQuality(
        spark,
        Tables(args.predictions_table, args.outcomes_table, args.quality_table),
        Windows(args.quality_window, timedelta(seconds=args.outcomes_within)),
        RollingFile(args.quality, args.quality_windows, args.models) if args.quality else None,
    )
    outputs = Outputs(
        predictions,
        args.brokers,
        args.predictions_topic,
        args.kafka_option,
        args.predictions_table,
        args.quarantine_table,
        args.csv,
        args.console,
    )
    scoring = Scoring(impressions, models, outputs, quality, tally)
    outcomes = Outcomes(target, quality, tally, 0 if args.trigger == AVAILABLE_NOW else QUALITY_RESTS)
    return Parts(models, scoring, outcomes, quality, tally, waiting["outcomes"])


def score_available(spark: SparkSession, args: argparse.Namespace, parts: Parts, asked: threading.Event) -> str | None:
    """Takes what is there, impressions first, so that outcomes find their predictions; returns why it did not score."""
    skipped = None if parts.models.take() else f"no model to score with: {NO_MODEL}"
    if skipped:
        progress(0, note=skipped)
    else:
        wait([started(spark, args, "impressions", parts.scoring, AVAILABLE_NOW)], asked)
    if not asked.is_set():
        wait([started(spark, args, "outcomes", parts.outcomes, AVAILABLE_NOW)], asked)
    parts.quality.update()
    return skipped


def score_continuously(spark: SparkSession, args: argparse.Namespace, parts: Parts, asked: threading.Event) -> None:
    """Takes what comes until it is asked to stop; outcomes also while there is no model, which may learn from them."""
    if parts.models.take() is None:
        progress(0, note=f"waiting for a model: {NO_MODEL}")
    streams = [started(spark, args, "outcomes", parts.outcomes, f"{args.quality_every} seconds")]
    next_update = time.monotonic() + args.quality_every
    written = [args.predictions_table, args.outcomes_table, args.quality_table]
    history = ShortHistory(spark, written, KEEP_SNAPSHOTS, SHORTEN_EVERY)

    def look_around() -> None:
        nonlocal next_update
        if len(streams) == 1 and (model := parts.models.take()):
            parts.scoring.warm_up(spark)
            streams.append(started(spark, args, "impressions", parts.scoring, args.trigger))
            ready = f"ready: scoring with model {model.version}"
            progress(0, note=ready, waitingOutcomes=parts.waiting_outcomes)
        # Predictions count, too, while no outcome comes.
        if (began := time.monotonic()) >= next_update:
            parts.quality.update()
            ended = time.monotonic()
            next_update = ended + max(args.quality_every, QUALITY_RESTS * (ended - began))
        history.shorten()

    wait(streams, asked, look_around)
    parts.quality.update()


def started(spark: SparkSession, args: argparse.Namespace, query: str, sink: Sink, when: str) -> Stream:
    topic = args.topic if query == "impressions" else args.outcomes_topic
    source = Source(args.brokers, topic, args.kafka_option, args.max_offsets_per_trigger)
    return start(spark, source, sink, checkpoint=checkpoint_of(args, query), trigger=when)


def checkpoint_of(args: argparse.Namespace, query: str) -> str:
    return f"{args.checkpoint.rstrip('/')}/{query}"


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    spark = session("score-clicks")
    with sigterm() as asked:
        parts = prepare(spark, args)
        skipped = None
        if args.trigger == AVAILABLE_NOW:
            skipped = score_available(spark, args, parts, asked)
        else:
            score_continuously(spark, args, parts, asked)
    write_result(spark, args.result, {**parts.tally.result(), **({"skipped": skipped} if skipped else {})})


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True, help="host:port, separated by commas")
    parser.add_argument("--kafka-option", type=kafka_option, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--topic", required=True, help="of impressions")
    parser.add_argument("--contract", required=True, help="of impressions; URI, as with all contracts")
    parser.add_argument("--models", required=True, help="URI of the folder of click models")
    parser.add_argument("--predictions-topic", required=True)
    parser.add_argument("--predictions-contract", required=True)
    parser.add_argument("--predictions-table", required=True, help="catalog.namespace.name, as with all tables")
    parser.add_argument("--quarantine-table", required=True, help="of impressions that cannot be scored")
    parser.add_argument("--csv", help="URI of a folder to write predictions to as CSV, a folder a batch")
    parser.add_argument("--console", type=at_least_one, metavar="N", help="print so many predictions of each batch")
    parser.add_argument("--outcomes-topic", required=True)
    parser.add_argument("--outcomes-contract", required=True)
    parser.add_argument("--outcomes-table", required=True, help="the table that ingest makes of the topic")
    parser.add_argument("--outcomes-quarantine-table", required=True)
    parser.add_argument(
        "--outcomes-within",
        type=interval,
        default="1 day",
        help="outcomes that are known later after their prediction than this are not counted (default: 1 day)",
    )
    parser.add_argument("--quality-contract", required=True)
    parser.add_argument("--quality-table", required=True)
    parser.add_argument("--quality-window", type=interval, default="5 minutes", help="default: 5 minutes")
    parser.add_argument(
        "--quality-every", type=interval, default="10 seconds", help="how often it is kept up (default: 10 seconds)"
    )
    parser.add_argument("--quality", help="URI of a JSON file for the figures of the last windows together")
    parser.add_argument("--quality-windows", type=at_least_one, default=12, help="number of these windows, default 12")
    parser.add_argument("--checkpoint", required=True, help="URI of the directory that remembers what was read")
    parser.add_argument(
        "--trigger", type=trigger, default=AVAILABLE_NOW, help="available-now, as-fast-as-possible or '5 seconds'"
    )
    parser.add_argument(
        "--max-offsets-per-trigger", type=at_least_one, default=50_000, help="records in a batch at most"
    )
    parser.add_argument("--result", required=True, help="URI of the JSON file to write what happened to")
    args = parser.parse_args(argv)
    args.kafka_option = dict(args.kafka_option)
    return args


if __name__ == "__main__":
    run(main)
