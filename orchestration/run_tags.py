"""What runs are marked with in Dagster."""

STAGE_TAG = "mujun/stage"  # of a run of a whole year
WANTED = "mujun/wanted"  # of an automatic run: what it was wanted for; all attempts have the same
HAND_BACK = "mujun/hand_back"  # of a person's run, after which the sensor drafts the year again
