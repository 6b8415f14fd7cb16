"""How far the weights of a term's values may be from 0, learned from the rows themselves.

A linear model over categories has a weight for each site, device and so on, most of them seen a few times. One
strength of regularisation for all is too much for terms that tell something and too little for those that tell none.
Here each term has its own: its weights are taken as normally distributed around 0, and the standard deviation is that
under which the outcomes are most likely (empirical Bayes; D. MacKay, "The Evidence Framework Applied to Classification
Networks", Neural Computation 4, 1992, with his fixed-point step). Nobody tunes it, and a term that says nothing goes.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

START = 0.3
# A term at the lower end is as good as gone; a weight beyond the upper one would be a probability of 0 or 1 by itself.
LEAST, MOST = 0.01, 3.0
MOST_ROUNDS = 20
# Ends when no standard deviation of a term that counts moves by more than this share.
TOLERANCE = 0.05
# The fixed-point step is slow where terms overlap: it is taken twice at once, and at most so far.
STEP_POWER, MOST_STEP = 2.0, 4.0


@dataclass(frozen=True)
class Design:
    """Rows as a matrix: a column each for the buckets that occur, and how often a row has it."""

    matrix: csr_matrix
    buckets: np.ndarray
    # The term that a bucket is of; where several meet in one, the one with the most rows.
    term_of: np.ndarray


@dataclass(frozen=True)
class Fit:
    intercept: float
    weights: np.ndarray

    def probability(self, matrix: csr_matrix) -> np.ndarray:
        return _sigmoid(matrix @ self.weights + self.intercept)


def design_of(buckets: np.ndarray) -> Design:
    """From the buckets of rows, a column a term."""
    used, inverse = np.unique(buckets, return_inverse=True)
    rows, terms = buckets.shape
    columns = inverse.reshape(rows, terms)
    seen = np.stack([np.bincount(columns[:, term], minlength=len(used)) for term in range(terms)], axis=1)
    return Design(_matrix(columns, len(used)), used, seen.argmax(axis=1))


def matrix_of(buckets: np.ndarray, known: np.ndarray) -> csr_matrix:
    """Other rows by the buckets of a design; one that it does not know has no weight, so it is left out."""
    at = np.minimum(np.searchsorted(known, buckets), len(known) - 1)
    return _matrix(np.where(known[at] == buckets, at, len(known)), len(known) + 1)[:, : len(known)]


def fit(design: Design, label: np.ndarray, spread: np.ndarray, start: Fit | None = None) -> Fit:
    """The most likely weights, given the standard deviation of each bucket's weight."""
    matrix, transposed = design.matrix, design.matrix.T.tocsr()

    def cost(point: np.ndarray) -> tuple[float, np.ndarray]:
        margin = matrix @ (point[:-1] * spread) + point[-1]
        error = _sigmoid(margin) - label
        value = np.logaddexp(0, margin).sum() - label @ margin + 0.5 * (point[:-1] @ point[:-1])
        return value, np.append((transposed @ error) * spread + point[:-1], error.sum())

    rate = label.mean()
    start = start or Fit(float(np.log(rate / (1 - rate))), np.zeros(len(spread)))
    first = np.append(start.weights / spread, start.intercept)
    found = minimize(cost, first, jac=True, method="L-BFGS-B", options={"maxiter": 200, "ftol": 1e-7, "gtol": 1e-2})
    return Fit(float(found.x[-1]), found.x[:-1] * spread)


def spreads(design: Design, label: np.ndarray, terms: int) -> np.ndarray:
    """The standard deviation of each term's weights."""
    found = np.full(terms, START)
    fitted = None
    for _ in range(MOST_ROUNDS):
        spread = found[design.term_of]
        fitted = fit(design, label, spread, fitted)
        probability = fitted.probability(design.matrix)
        information = design.matrix.T @ (probability * (1 - probability))
        # How much of each weight is from the rows, not from the prior.
        told = information * spread**2 / (1 + information * spread**2)
        squares = np.bincount(design.term_of, fitted.weights**2, terms)
        parameters = np.maximum(np.bincount(design.term_of, told, terms), 1e-9)
        step = np.clip((np.sqrt(squares / parameters) / found) ** STEP_POWER, 1 / MOST_STEP, MOST_STEP)
        after = np.clip(found * step, LEAST, MOST)
        moved = np.abs(after / found - 1).max()
        found = after
        if moved < TOLERANCE:
            break
    return found


def _matrix(columns: np.ndarray, width: int) -> csr_matrix:
    rows, terms = columns.shape
    starts = np.arange(0, rows * terms + 1, terms)
    matrix = csr_matrix((np.ones(rows * terms), columns.ravel(), starts), shape=(rows, width))
    matrix.sum_duplicates()
    return matrix


def _sigmoid(margin: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-margin))
