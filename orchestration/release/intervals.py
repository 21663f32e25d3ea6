"""How closely sums that are seen bound sums that are not, by linear programming: as an auditor would.

Whoever sees sums knows a system of equations over what they are made of, and that no part is less than its
floor. The largest and the smallest value that a target can take in that system is all that can be said of it.
Belongs here: those bounds. Does not: which sums there are, which of them may be seen (`disclosure`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NEAR = 1e-9  # a dual price below which a sum does not matter
_SLACK = 1e-6  # relative, for what the solver rounds


@dataclass(frozen=True)
class Bounded:
    """A target that cannot move as far as it must, and the dual price of each sum seen in that bound."""

    target: int
    prices: Vector


def bounded(rows: Matrix, room: Vector, targets: Matrix, rises: Vector, falls: Vector) -> Iterator[Bounded]:
    """The targets that `rows`, sums seen, bound more closely than they may, above or below.

    `rows` (sums × parts) and `targets` (targets × parts) say how often they hold each part. `room` is how far
    each part may fall, and nothing where a part is known; `rises` and `falls` how far each target must be
    able to move either way.
    """
    for sign, wanted in ((1.0, rises), (-1.0, falls)):
        reached = _exchanged(rows, room, targets, sign) >= wanted * (1 - _SLACK)
        while not reached.all():
            at = int(np.flatnonzero(~reached)[0])
            moved, prices = _furthest(rows, room, sign * targets[at])
            reached |= sign * (targets @ moved) >= wanted * (1 - _SLACK)
            if not reached[at]:
                reached[at] = True
                yield Bounded(at, prices)


def _exchanged(rows: Matrix, room: Vector, targets: Matrix, sign: float) -> Vector:
    """How far each target can move at least: by exchange with parts outside it that are in the same sums."""
    _, alike = np.unique(rows, axis=1, return_inverse=True)
    classes = np.eye(alike.max() + 1)[alike.ravel()]
    inside, outside = (targets == 1).astype(float), (targets == 0).astype(float)
    gives, takes = (outside, inside) if sign > 0 else (inside, outside)
    moved: Vector = (((gives * room) @ classes) * (takes @ classes > 0)).sum(axis=1)
    return np.where((inside + outside).all(axis=1), moved, 0.0)


def _furthest(rows: Matrix, room: Vector, direction: Vector) -> tuple[Vector, Vector]:
    """The change of the parts, sums seen staying as they are, that goes furthest in `direction`; and the dual
    price of each sum."""
    from scipy.optimize import linprog

    found = linprog(
        -direction,
        A_eq=rows,
        b_eq=np.zeros(len(rows)),
        bounds=np.column_stack([-room, np.full(len(room), room.sum() + 1)]),
        method="highs",
    )
    if found.x is None:
        raise RuntimeError(f"the bounds of a sum cannot be computed: {found.message}")
    prices = np.where(np.abs(found.eqlin.marginals) > _NEAR, found.eqlin.marginals, 0.0)
    return found.x, prices
