"""stub"""


def run(claimed, observe=None): ...
