"""Scores and results, from attempts as land.py leaves them."""

from datetime import datetime

import pytest
from exam_results import exam_question_results, exam_results, exam_scores

ATTEMPTS = (
    "attempt_id string, user_exam_id string, keen_id string, base_exam_id string, exam_name string, "
    "started_at timestamp, keen_timestamp timestamp, total int, correct int, position int, "
    "kafka_timestamp timestamp, kafka_partition int, kafka_offset long"
)
QUESTIONS = "attempt_id string, question_id string, user_correct boolean, user_submitted boolean"
NOON = datetime(2018, 1, 23, 12)


@pytest.fixture
def attempts(spark):
    base = {"base_exam_id": "e1", "position": 0, "kafka_timestamp": NOON, "kafka_partition": 0, "kafka_offset": 0}
    return lambda *changes: spark.createDataFrame([{**base, **change} for change in changes], ATTEMPTS)


@pytest.fixture
def questions(spark):
    names = ("attempt_id", "question_id", "user_correct", "user_submitted")
    return lambda *rows: spark.createDataFrame([dict(zip(names, row, strict=False)) for row in rows], QUESTIONS)


def scores_of(rows) -> dict[str, tuple]:
    found = rows.select("attempt", "attempt_id", "questions", "correct", "share_correct").collect()
    return {row[0]: tuple(row[1:]) for row in found}


def test_an_attempt_counts_once_as_its_last_delivery_says(attempts, questions):
    sent = attempts(
        {"attempt_id": "a", "user_exam_id": "u1", "keen_id": "k1", "total": 4, "correct": 1},
        {"attempt_id": "b", "user_exam_id": "u1", "keen_id": "k2", "total": 4, "correct": 2, "kafka_offset": 1},
        {"attempt_id": "c", "keen_id": "k3", "total": 2, "correct": 2},
        {"attempt_id": "d", "keen_id": "k3", "total": 2, "correct": 0, "position": 1},
        {"attempt_id": "f", "total": 2, "correct": 1},
    )
    assert scores_of(exam_scores(sent, questions())) == {
        "u1": ("b", 4, 2, 0.5),
        "k3": ("d", 2, 0, 0.0),
        "f": ("f", 2, 1, 0.5),
    }


def test_questions_are_counted_where_the_message_does_not_count_them(attempts, questions):
    sent = attempts({"attempt_id": "a"}, {"attempt_id": "b"}, {"attempt_id": "c"}, {"attempt_id": "d", "total": 0})
    asked = questions(("a", "q1", True), ("a", "q2", False), ("a", "q3", None), ("b", "q1", None))
    assert scores_of(exam_scores(sent, asked)) == {
        "a": ("a", 3, 1, pytest.approx(1 / 3)),
        "b": ("b", 1, None, None),
        "c": ("c", None, None, None),
        "d": ("d", 0, None, None),
    }


def test_counts_that_cannot_be_give_no_share(attempts, questions):
    sent = attempts({"attempt_id": "a", "total": 2, "correct": 3}, {"attempt_id": "b", "total": 2, "correct": -1})
    assert {share for *_, share in scores_of(exam_scores(sent, questions())).values()} == {None}


def test_an_exam_goes_by_its_last_title_and_counts_those_that_cannot_be_scored_apart(attempts, questions):
    sent = attempts(
        {"attempt_id": "a", "exam_name": "Old", "total": 2, "correct": 2, "started_at": datetime(2018, 1, 1)},
        {"attempt_id": "b", "exam_name": "New", "total": 2, "correct": 1, "keen_timestamp": datetime(2018, 1, 5)},
        {"attempt_id": "c", "exam_name": "Old", "started_at": datetime(2018, 1, 2)},
        {"attempt_id": "d", "base_exam_id": "e2"},
    )
    rows = {row.base_exam_id: row.asDict() for row in exam_results(exam_scores(sent, questions())).collect()}
    assert rows["e1"] == {
        "base_exam_id": "e1",
        "exam_name": "New",
        "attempts": 3,
        "scored": 2,
        "all_correct": 1,
        "share_correct": 0.75,
        "first_started_at": datetime(2018, 1, 1),
        "last_started_at": datetime(2018, 1, 5),
    }
    assert (rows["e2"]["scored"], rows["e2"]["share_correct"], rows["e2"]["first_started_at"]) == (0, None, NOON)


def test_a_question_is_counted_where_the_message_says_what_became_of_it_and_in_counted_attempts_alone(
    attempts, questions
):
    sent = attempts(
        {"attempt_id": "a", "user_exam_id": "u1"},
        {"attempt_id": "b", "user_exam_id": "u1", "kafka_offset": 1},
        {"attempt_id": "c", "base_exam_id": "e2"},
    )
    asked = questions(
        ("a", "q1", False, True),
        ("b", "q1", True, True),
        ("b", "q2", None, True),
        ("b", None, True),
        ("c", "q1", False, False),
    )
    rows = exam_question_results(exam_scores(sent, asked), asked).collect()
    assert {
        (row.base_exam_id, row.question_id, row.asked, row.answered, row.correct, row.share_correct) for row in rows
    } == {
        ("e1", "q1", 1, 1, 1, 1.0),
        ("e2", "q1", 1, 0, 0, 0.0),
    }
