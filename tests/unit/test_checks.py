"""The checks of the exercises accept what is right, and answer what is wrong with a sentence that names the problem."""

import importlib
import pkgutil
import re

import answers
import pytest
import torch
from answering import RIGHT, WRONG

from diffimg import checks
from diffimg.checks import _shared

for file in pkgutil.iter_modules(answers.__path__):
    importlib.import_module(f"answers.{file.name}")  # fills RIGHT and WRONG
CHAPTERS = [importlib.import_module(f"diffimg.checks.{file.name}") for file in pkgutil.iter_modules(checks.__path__)]
EXERCISES = [check for chapter in CHAPTERS for check in vars(chapter).values()
             if hasattr(check, "__wrapped__") and check.__module__ == chapter.__name__]


def name(check):
    return f"{check.__module__.removeprefix('diffimg.checks.')}.{check.__name__}"


each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=name)


# the answers of the chapters ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("exercise, solution", RIGHT, ids=[name(case[0]) for case in RIGHT])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_right_answer_is_correct_however_it_is_written(exercise, solution, dtype, capsys):
    torch.set_default_dtype(dtype)
    exercise(solution)
    assert capsys.readouterr().out.startswith("correct: ")
    assert exercise.grade(solution) is None and capsys.readouterr().out == ""


@pytest.mark.parametrize("exercise, solution, words", WRONG, ids=[f"{name(case[0])}: {case[2]}" for case in WRONG])
def test_a_wrong_answer_is_told_what_is_wrong(exercise, solution, words, capsys):
    exercise(solution)
    said = capsys.readouterr().out
    assert said.startswith("not yet: ") and (words in said or re.search(words, said))
    with pytest.raises(AssertionError) as raised:
        exercise.grade(solution)
    assert said == f"not yet: {raised.value}\n"


SEVERAL = re.compile(r"-?\d[\d.e+-]*(?:, -?\d[\d.e+-]*)*")


def equal_numbers(said):
    """Whether a reply prints the same numbers as what came and as what was expected."""
    came, _, wanted = said.partition("expected")
    before, after = SEVERAL.findall(came)[-1:], SEVERAL.findall(wanted)[:1]
    return before != [] and [x.rstrip(".") for x in before] == [x.rstrip(".") for x in after]


@pytest.mark.parametrize("exercise, solution", RIGHT, ids=[name(case[0]) for case in RIGHT])
@pytest.mark.parametrize("off", [1e-2, 1e-5, 1e-7])
def test_no_reply_gives_two_equal_numbers_as_a_difference(exercise, solution, off, capsys):
    exercise(lambda *args: torch.as_tensor(solution(*args)) * (1 + off) + off)
    said = capsys.readouterr().out
    assert said.startswith("not yet: ") and not equal_numbers(said)


def test_equal_numbers_are_found_in_a_reply():
    assert equal_numbers("for 3 pixels your step is (0.5, 1.2), expected (0.5, 1.2).")
    assert equal_numbers("you returned 0.25, expected 0.25.") and not equal_numbers("you returned 0.25.")
    assert not equal_numbers("you returned 0.25, expected 0.253, and for 3 pixels.")


@each_exercise
def test_every_exercise_accepts_right_answers_and_rejects_wrong_ones(exercise):
    file = f"tests/unit/answers/{exercise.__module__.split('.')[-1]}.py"
    right, wrong = (sum(case[0] is exercise for case in cases) for cases in (RIGHT, WRONG))
    assert right >= 4, (f"{file} has {right} right answers, expected at least 4: "
                               f"@right(checks.{exercise.__name__})")
    assert wrong >= 4, (f"{file} has {wrong} wrong answers, expected at least 4: "
                               f"@wrong(checks.{exercise.__name__}, 'words of the reply')")


def test_every_answer_is_one_to_an_exercise():
    assert {case[0] for case in RIGHT + WRONG} <= set(EXERCISES)


# what is no answer ----------------------------------------------------------------------------------------------------

@each_exercise
def test_the_unsolved_stub_is_told_where_to_begin(exercise, capsys):
    def stub(*_):
        return None

    assert exercise(stub) is None
    said = capsys.readouterr().out
    assert said.startswith("not yet: stub returned None. ") and said.count("\n") == 1 and len(said) > 60


@each_exercise
def test_an_exception_becomes_a_sentence(exercise, capsys):
    def stumble(*_):
        raise IndexError("index 4 is out of bounds")

    exercise(stumble)
    assert capsys.readouterr().out == "not yet: stumble raised IndexError: index 4 is out of bounds\n"


@each_exercise
@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError])
def test_a_function_that_would_end_the_notebook_ends_alone(exercise, end, capsys):
    def leaves(*_):
        raise end

    exercise(leaves)
    assert capsys.readouterr().out == f"not yet: leaves raised {end.__name__}\n"
    with pytest.raises(AssertionError, match=f"^leaves raised {end.__name__}$"):
        exercise.grade(leaves)


def test_an_exception_without_words_is_named(capsys):
    class Silent(Exception):
        def __str__(self):
            raise SystemExit

    def stumble(*_):
        raise Silent

    EXERCISES[0](stumble)
    assert capsys.readouterr().out == "not yet: stumble raised Silent\n"


@each_exercise
def test_a_check_prints_one_line(exercise, capsys):
    def wordy(*_):
        raise RuntimeError("one line\n  and another\n")

    exercise(wordy)
    assert capsys.readouterr().out == "not yet: wordy raised RuntimeError: one line and another\n"
    with pytest.raises(AssertionError, match="^wordy raised RuntimeError: one line and another$"):
        exercise.grade(wordy)


@each_exercise
@pytest.mark.parametrize("answer", [
    "text", 3, 2.5, (1, 2), [1.0, 2.0, 3.0, 4.0], (None, None), {}, object(), True, torch.tensor([]),
    torch.zeros(2, 2, 2), torch.full((4,), float("nan")), torch.full((3,), float("inf")), torch.zeros(4).int(),
    torch.zeros(4).numpy()],
    ids=["text", "integer", "float", "tuple", "list", "Nones", "dictionary", "object", "True", "empty", "three axes",
         "NaN", "infinity", "integers", "numpy"])
def test_no_answer_makes_a_check_raise(exercise, answer, capsys):
    exercise(lambda *_: answer)
    assert capsys.readouterr().out.startswith("not yet: ")


def test_true_and_false_count_as_one_and_zero(capsys):
    @_shared.exercise(praise="three numbers.", hint="Which?")
    def three(solution):
        _shared.expect(_shared.same(solution(), torch.tensor([1.0, 0.0, 1.0])), "other numbers.")

    for answer in (torch.tensor([True, False, True]), [1, 0, 1], torch.tensor([1, 0, 1])):
        three(lambda answer=answer: answer)
    assert capsys.readouterr().out == 3 * "correct: three numbers.\n"


def test_a_prediction_is_numbers_or_a_function(capsys):
    @_shared.exercise(praise="as predicted.", hint="Which?")
    def predicted(solution):
        _shared.expect(_shared.same(solution(), torch.tensor([1.0, 2.0])), "other numbers.")

    for answer in ((1, 2), [1.0, 2.0], torch.tensor([1.0, 2.0]), lambda: (1, 2)):
        predicted(answer)
    assert capsys.readouterr().out == 4 * "correct: as predicted.\n"
    predicted((1, 3)), predicted(None), predicted("text")
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["not yet: other numbers.", "not yet: there is no prediction. Which?"]
    assert said[2].startswith("not yet: prediction returned str")


def test_by_hand_means_without_autograd():
    def slope():
        with torch.enable_grad():
            x = torch.ones((), requires_grad=True)
            return torch.autograd.grad(x.square(), x)[0]

    assert slope() == 2
    with pytest.raises(RuntimeError, match="does not require grad"):
        _shared.by_hand(slope)()


def test_what_is_told_of_a_wrong_answer_shows_the_difference():
    assert _shared.told(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])) == "you returned 1, 2, expected 1, 3"
    assert _shared.told(torch.tensor(0.25 + 3e-7), torch.tensor(0.25)) == "you returned 0.25, off by up to 3e-07"
    wrong = torch.zeros(3, 4)
    wrong[1, 2] = 5
    assert _shared.told(wrong, torch.zeros(3, 4)) == "at [1, 2] you returned 5, expected 0"


# what the checks rest on ----------------------------------------------------------------------------------------------

def test_close_has_an_absolute_tolerance_and_asks_for_one_shape():
    # A relative part would pass a large number that is wrong in the fifth digit.
    assert checks.close(1.0, 1 + 1e-13) and not checks.close(1e6, 1e6 + 1e-5)
    assert checks.close(1e6, 1e6 + 1e-5, 1e-4) and not checks.close(torch.zeros(2), torch.zeros(1))
    assert not checks.close(float("nan"), float("nan"))
