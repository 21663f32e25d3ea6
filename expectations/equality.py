"""When two figures are equal (rulebook, opening paragraphs).

A module of its own: intake and `diff` compare by it too, and must not load what the expectations need.
"""

# Relative to the larger: double precision holds some sixteen digits, of which sums over a year's enterprises
# may cost a few; no figure that a department delivers has more than nine. The models say the same in
# `dbt_project/macros/figures.sql`.
EQUAL_WITHIN = 1e-9
