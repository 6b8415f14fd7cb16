"""Micro-batches of what became of ad impressions: landed, each once, and the quality of predictions kept up to date."""

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from millrace.click_tally import Tally
from millrace.landing import Target
from millrace.live_quality import LiveQuality
from millrace.messages import read_messages, table_rows
from millrace.streams import Sink


class Outcomes(Sink):
    """Lands outcomes first: one whose prediction is not there yet is found when the prediction is."""

    def __init__(self, target: Target, quality: LiveQuality, tally: Tally, rest: float) -> None:
        super().__init__(rest)
        self._target = target
        self._quality = quality
        self._tally = tally

    def _take(self, batch: DataFrame, batch_id: int) -> None:
        messages = read_messages(batch, self._target.contract).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            self._target.land(messages, self._tally.outcomes)
            # Of all that came, not only of those that are new: a batch that is done again has none that are.
            self._quality.add_outcomes(table_rows(messages, self._target.contract))
        finally:
            messages.unpersist()
        self._quality.update()
        self._tally.tell()
