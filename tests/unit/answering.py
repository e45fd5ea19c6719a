"""How the answers to exercises are collected, for test_checks.py and the files beside it."""


def keep_in(answers, exercise, *words):
    """A decorator that adds (exercise, solution) to a list, with words that the reply must contain if it is wrong."""
    def keep(solution):
        answers.append((exercise, solution, *words))
        return solution
    return keep
