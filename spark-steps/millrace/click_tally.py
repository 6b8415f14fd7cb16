"""What a run of the scorer has done so far, and how it tells."""

from dataclasses import dataclass, field

from millrace.landing import Counts
from millrace.step import progress


@dataclass
class Tally:
    """Each number is written by one query only."""

    impressions: int = 0
    scored: int = 0
    quarantined: int = 0
    outcomes: Counts = field(default_factory=Counts)
    # The model that made the last prediction, or is to make the first.
    model_version: str | None = None

    def tell(self) -> None:
        """Prints a progress line; to be called when all that it says is done."""
        progress(self.scored, note=f"model {self.model_version}", outcomes=self.outcomes.rows_in)

    def result(self) -> dict[str, object]:
        return {
            "rowsIn": self.impressions,
            "rowsOut": self.scored,
            "scored": self.scored,
            "quarantined": self.quarantined + self.outcomes.quarantined,
            "outcomes": self.outcomes.ingested,
            "modelVersion": self.model_version,
        }
