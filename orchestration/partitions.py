"""The evaluation years."""

import dagster as dg

from orchestration.policy import load_policy
from orchestration.settings import policy_folder

# From the editions of the method, not from the clock: a year is evaluated by its edition whenever it is run.
EVALUATION_YEARS = dg.StaticPartitionsDefinition([str(year) for year in load_policy(policy_folder()).years])
