"""Who a model learns from and who it is tested on: other listeners, at later cut-offs, with no label seen by both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F

# Every listener is in one fold; the model tested on a fold learned from the others.
FOLDS = 3
# Share of the cut-offs, the latest ones, that models are tested on.
TEST_SHARE = 1 / 3


@dataclass(frozen=True)
class Split:
    train_cutoffs: tuple[date, ...]
    test_cutoffs: tuple[date, ...]


def split_cutoffs(cutoffs: Sequence[date], horizon_days: int) -> Split | None:
    """The last third of the cut-offs to test on, and those before whose labels were known at the first of these.

    A label looks `horizon_days` ahead. A training row whose horizon reaches over the first test cut-off would tell the
    model what happens to listeners while it is tested, so the cut-offs between are left out. Where a third of the
    cut-offs leaves none to train on, fewer are tested; None where even one is too many.
    """
    ordered = sorted(set(cutoffs))
    horizon = timedelta(days=horizon_days)
    earliest = len(ordered) - math.ceil(len(ordered) * TEST_SHARE)
    for first in range(earliest, len(ordered)):
        train = tuple(cutoff for cutoff in ordered[:first] if cutoff + horizon <= ordered[first])
        if train:
            return Split(train, tuple(ordered[first:]))
    return None


def fold_of(user_id: str, seed: int) -> Column:
    """The fold of a listener: from a hash, so that it is the same at every cut-off, in every run and on any cluster."""
    return F.pmod(F.xxhash64(F.lit(seed), F.col(user_id)), F.lit(FOLDS)).cast("int")
