"""The click model that is the latest, looked up again and again, and loaded once a version."""

from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, SparkSession

from millrace.click_model import latest_version, probability_of, read_click_model
from millrace.step import StepError, progress


@dataclass(frozen=True)
class Loaded:
    version: str
    # Made once a version: it holds the weights, which Spark would serialize anew with each one made.
    probability: Column


class CurrentModel:
    def __init__(self, spark: SparkSession, models: str) -> None:
        self._spark = spark
        self._models = models
        self._loaded: Loaded | None = None
        self._refused: str | None = None

    def take(self) -> Loaded | None:
        """The latest model, or None where none was trained yet.

        One that cannot be read is told of, and the one before it goes on: predictions of yesterday's model are better
        than none. Fails with a StepError where there is no model before it.
        """
        version = self._latest()
        if version is None or version == self._refused or (self._loaded and self._loaded.version == version):
            return self._loaded
        try:
            self._loaded = Loaded(version, probability_of(read_click_model(self._spark, self._models, version)))
        except StepError as error:
            if self._loaded is None:
                raise
            self._refused = version
            progress(0, note=f"{error}; going on with model {self._loaded.version}")
        return self._loaded

    def _latest(self) -> str | None:
        try:
            return latest_version(self._spark, self._models)
        except Py4JJavaError:
            # Where a file cannot be replaced at once, it is gone for a moment: the next batch looks again.
            if self._loaded is None:
                raise
            return self._loaded.version
