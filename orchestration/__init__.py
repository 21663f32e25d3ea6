"""mujun: from the departments' drop folder to a published release."""

import os

# Whatever process is started from here on takes its modules from the installation, never from the folder that
# it happens to be started in: a file `gql.py` may lie there.
os.environ["PYTHONSAFEPATH"] = "1"
