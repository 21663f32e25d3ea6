"""mujun: from the departments' drop folder to a published release."""
