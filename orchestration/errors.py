"""What a person did that cannot be done: said in a sentence, without a traceback."""


class UserError(Exception):
    """The call is wrong or something it names is missing; exit status 2."""


class RefusedError(Exception):
    """The release was refused: error findings stand; exit status 3."""
