"""How the files in answers/ collect the answers of a chapter, which test_checks.py gives to its checks.

    @right(checks.mirror_box)                          a right answer
    @wrong(checks.mirror_box, "half a turn")           a wrong one, with words of the reply, or a pattern for them
"""

RIGHT, WRONG = [], []


def right(exercise):
    def keep(solution):
        RIGHT.append((exercise, solution))
        return solution
    return keep


def wrong(exercise, words):
    def keep(solution):
        WRONG.append((exercise, solution, words))
        return solution
    return keep
