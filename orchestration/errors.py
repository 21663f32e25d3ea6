"""What cannot be done, said in a sentence, without a traceback; each with the exit status it ends a command
by."""


class UserError(Exception):
    """The call is wrong, something it names is missing or is not what it was, or it is refused before
    anything is computed; exit status 2."""


class RefusedError(Exception):
    """The release was refused: error findings stand; exit status 3."""


class MachineError(Exception):
    """A fault of the machine: a full disk, a process that was killed. No file is to blame; exit status 1."""
