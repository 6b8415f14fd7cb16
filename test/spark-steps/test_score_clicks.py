"""Scoring clicks against a real broker, a real Spark and real Iceberg tables."""

import json
import os
import signal
import threading
import time
from datetime import UTC, datetime

import pytest
from scoring import HOUR_MS, ids, impression, probability, save_model

from millrace.step import StepError


def test_live_impressions_are_scored_into_topic_and_lake_and_those_with_an_outcome_are_left_alone(clicks, spark):
    save_model(spark, clicks.models, "v1", intercept=-1.5)
    clicks.impressions.send(impression(1), impression(2, click=0), impression(3, click=1), partition=0)
    clicks.impressions.send(impression(4), partition=1)
    before = datetime.now(UTC)
    assert clicks.score() == {
        "rowsIn": 4,
        "rowsOut": 2,
        "scored": 2,
        "quarantined": 0,
        "outcomes": 0,
        "modelVersion": "v1",
    }
    rows = clicks.lake("*")
    assert [(row.id, row.model_version, row.kafka_partition, row.kafka_offset) for row in rows] == [
        ("i1", "v1", 0, 0),
        ("i4", "v1", 1, 0),
    ]
    first = rows[0]
    assert first.probability == pytest.approx(probability(-1.5), abs=1e-12)
    assert first.hour == datetime(2014, 10, 21, 4)
    assert first.produced_at == first.kafka_timestamp
    assert first.produced_at.replace(tzinfo=UTC) <= before <= first.predicted_at.replace(tzinfo=UTC)
    assert clicks.last_told() == {
        row.id: {
            "key": row.id,
            "id": row.id,
            "hour": HOUR_MS,
            "probability": row.probability,
            "modelVersion": "v1",
            "producedAt": milliseconds(row.produced_at),
            "predictedAt": milliseconds(row.predicted_at),
        }
        for row in rows
    }


def milliseconds(time: datetime) -> int:
    return int(time.replace(tzinfo=UTC).timestamp() * 1000)
