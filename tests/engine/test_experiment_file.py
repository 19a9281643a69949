"""An experiment survives its file; a mistake is named by file, field, value and remedy."""

import dataclasses
import hashlib
import math
import os
import typing

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from engine.activations import ACTIVATIONS
from engine.contestant import TRAINED, Contestant
from engine.experiment import SECTIONS, Experiment, Intervention
from engine.experiment_file import as_tables, dumps, loads, read, save
from engine.initializers import INITIALIZERS
from engine.losses import LOSSES
from engine.settings import Refusal, settings_of
from engine.tasks import TASKS

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff"),
    max_size=20,
)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(max(low, -1e300), min(high, 1e300), allow_nan=False)


def values(section: type, name: str) -> st.SearchStrategy:
    """Values that the setting's own metadata allows."""
    about, hint = settings_of(section)[name], typing.get_type_hints(section)[name]
    if about.choices is not None:
        return st.sampled_from(sorted(about.choices()))
    if hint is bool:
        return st.booleans()
    if hint is str:
        return TEXT
    if hint is float:
        return numbers(about.low, about.high)
    whole = st.integers(math.ceil(about.low), math.floor(about.high))
    if hint is int:
        return whole
    return st.lists(whole, max_size=5).map(tuple)


@st.composite
def sections(draw: st.DrawFn, section: type) -> object:
    """A value that does not go with the others keeps its default."""
    drawn = {name: draw(values(section, name)) for name in settings_of(section)}
    while True:
        try:
            return section(**drawn)
        except Refusal as refusal:
            del drawn[refusal.field]


@st.composite
def contestants(draw: st.DrawFn) -> Contestant:
    record = ACTIVATIONS[draw(st.sampled_from(sorted(ACTIVATIONS)))]
    parameters = {p.name: draw(numbers(p.low, p.high)) for p in record.parameters}
    parameters |= {c.name: draw(st.sampled_from(c.options)) for c in record.choices}
    trained = {p.name: draw(st.sampled_from(sorted(TRAINED))) for p in record.parameters}
    overrides = {name: draw(st.none() | values(Contestant, name)) for name in ("initializer",)} | {
        name: draw(st.none() | numbers(about.low, about.high))
        for name, about in settings_of(Contestant).items()
        if name in ("learning_rate", "gain")
    }
    try:
        return Contestant(record.key, parameters, trained, label=draw(TEXT), **overrides)
    except Refusal:
        reject()


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    drawn = {key: draw(sections(section)) for key, section in SECTIONS.items()}
    # An absolute path is written as its name alone, by intent; see the tests of tables.
    drawn["task"] = dataclasses.replace(drawn["task"], table=drawn["task"].table.lstrip("/"))
    kind = TASKS[drawn["task"].data].kind
    fitting = [key for key, loss in LOSSES.items() if not kind or kind in loss.kinds]
    loss = draw(st.sampled_from(["automatic", *fitting]))
    drawn["training"] = dataclasses.replace(drawn["training"], loss=loss)
    racing = draw(st.lists(contestants(), min_size=1, max_size=4))
    changed = {"reference": draw(st.integers(0, len(racing)))}
    if not drawn["task"].validation_share:
        changed["early_stopping"] = "none"
    drawn["population"] = dataclasses.replace(drawn["population"], **changed)
    changes = draw(st.lists(st.tuples(st.integers(0, 10**6), numbers(1e-7, 100)), max_size=2))
    return Experiment(
        name=draw(TEXT),
        claim=draw(TEXT),
        **drawn,
        contestants=tuple(_without_idle_gain(c, drawn["network"].initializer) for c in racing),
        interventions=tuple(
            Intervention(step, "training.learning_rate", rate) for step, rate in changes
        ),
    )


def _without_idle_gain(contestant: Contestant, shared: str) -> Contestant:
    """A gain that the initialiser does not take would be refused."""
    takes_gain = INITIALIZERS[contestant.initializer or shared].gain is not None
    return contestant if takes_gain else dataclasses.replace(contestant, gain=None)


@given(experiments())
def test_an_experiment_comes_back_from_its_text_as_it_was(experiment):
    colours = [contestant.colour for contestant in experiment.contestants[::-1]]
    turned = dataclasses.replace(experiment, contestants=experiment.contestants[::-1])
    assert [contestant.colour for contestant in loads(dumps(turned)).contestants] == colours
    assert loads(dumps(experiment)) == experiment


def test_what_a_file_does_not_name_keeps_its_default():
    assert loads("") == Experiment()
    text = '[[contestant]]\nactivation = "prelu"\nparameters = { negative_slope = 0.1 }\n'
    expected = Contestant("prelu", {"negative_slope": 0.1})
    assert loads(text) == dataclasses.replace(Experiment(), contestants=(expected,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[training]\nlearning_rate = -1", "training.learning_rate = -1.0: must be 1e-07 to 100"),
        ("[training]\nlearning_rat = 1", "training.learning_rat = 1: is not known; known are"),
        ("[training]\nsteps = 1.5", "training.steps = 1.5: must be a whole number"),
        ("[training]\nsteps = true", "training.steps = True: must be a whole number"),
        ("[training]\nl1 = nan", "training.l1 = nan: must be 0 to 1"),
        ("[training]\nl1 = inf", "training.l1 = inf: must be 0 to 1"),
        (f"[training]\nl1 = 1{400 * '0'}", "must fit in 64 bits"),
        ('[training]\nloss = "mse"\n[task]\ndata = "circle"', "training.loss = 'mse': must fit"),
        ("training = 3", "training = 3: must be a table"),
        ("[[training]]\nsteps = 1", "training = [{'steps': 1}]: must be a table"),
        ("[trainings]\nsteps = 1", "trainings = {'steps': 1}: is not known"),
        ("[task]\ndata = 'nowhere'", "task.data = 'nowhere': must be one of circle"),
        ("[task]\ndata = 1979-05-27", "must be text"),
        ("[task]\ntest_share = 0.9\nvalidation_share = 0.5", "task.validation_share = 0.5: must"),
        ("[network]\nwidths = [8, 'x']", "network.widths = [8, 'x']: must be a list of whole"),
        ("[network]\nwidths = [8, 0]", "must be 1 to 1,024 units"),
        ("name = 3", "name = 3: must be text"),
        ("contestant = []", "contestant = 0: must be 1 to 12"),
        ("contestant = {activation = 'relu'}", "must be a list of tables, each under [[contest"),
        ("contestant = ['relu']", "contestant 1 = 'relu': must be a table"),
        ("[[contestant]]\n[[contestant]]\nactivation = 'x'", "contestant 2.activation = 'x': must"),
        (
            "[[contestant]]\nactivation = 'relu'\nparameters = {a = 1}",
            "contestant 1.parameters.a =",
        ),
        (
            "[[contestant]]\nactivation = 'elu'\nparameters = {alpha = 'a'}",
            "alpha = 'a': must be a",
        ),
        (
            "[[contestant]]\nactivation = 'elu'\nparameters = {alpha = nan}",
            "contestant 1.parameters.alpha = nan: must be",
        ),
        ("[[contestant]]\nactivation = 'elu'\nparameters = 3", "contestant 1.parameters = 3: must"),
        ("[[contestant]]\nactivation = 'elu'\ntrained = {alpha = []}", "trained.alpha = []: must"),
        ("[[contestant]]\ngain = 0", "contestant 1.gain = 0.0: must be 0.001 to 100"),
        (13 * "[[contestant]]\n", "contestant = 13: must be 1 to 12"),
        (
            '[[intervention]]\nstep = 1\nfield = "task.noise"\nvalue = 1.0',
            "intervention 1.field = 'task.noise': must be one of",
        ),
        (
            '[[contestant]]\nactivation = "elu"\nparameters = { alpha = -1.0 }',
            "contestant 1.parameters.alpha = -1.0: must be above 0",
        ),
        (
            '[[contestant]]\nactivation = "elu"\nparameters = { alpha = "a" }',
            "contestant 1.parameters.alpha = 'a': must be a number",
        ),
        ("[[intervention]]\nstep = 1", "intervention 1.field = None: must be given"),
        (
            "[[intervention]]\nstep = 1\nfield = 'training.steps'\nvalue = 1",
            "= 'training.steps': must be one of training.learning_rate",
        ),
        (
            "[[intervention]]\nstep = 1\nfield = 'training.learning_rate'\nvalue = -1",
            "training.learning_rate = -1.0: must be 1e-07 to 100",
        ),
        ("format = 2", "format = 2: must be 1"),
        ("format = true", "format = True: must be 1"),
        ("format = '1'", "format = '1': must be 1"),
        ("name = 'a'\nlearning rate = 3", "line 2 = 'learning rate = 3': must be TOML"),
        ("name = 'a", 'line 1 = "name = \'a": must be TOML'),
        ("a = " + 5000 * "[", "must not be nested this deep"),
        ("a = " + 5000 * "9", "must be TOML"),
    ],
)
def test_a_mistake_is_refused_in_one_line_with_file_field_value_and_remedy(text, said):
    with pytest.raises(Refusal) as refusal:
        loads(text, "race.toml")
    message = str(refusal.value)
    assert message.startswith("race.toml: ")
    assert said in message
    assert "\n" not in message


@given(st.text(max_size=60))
def test_any_text_is_an_experiment_or_one_refusal(text):
    try:
        assert isinstance(loads(text), Experiment)
    except Refusal as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017


def test_unreadable_files_are_refused_by_name(tmp_path):
    with pytest.raises(Refusal, match=r"nowhere\.toml.*cannot be read: No such file"):
        read(tmp_path / "nowhere.toml")
    with pytest.raises(Refusal, match="cannot be read: Is a directory"):
        read(tmp_path)
    (tmp_path / "image.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(Refusal, match=r"image\.toml: byte 8 = 255: must be TOML"):
        read(tmp_path / "image.toml")


def test_a_file_from_an_editor_that_marks_its_encoding_is_read(tmp_path):
    (tmp_path / "race.toml").write_bytes(b"\xef\xbb\xbfname = 'x\xc2\xb2'\r\n")
    assert read(tmp_path / "race.toml").experiment.name == "x²"


@pytest.fixture
def with_table(tmp_path):
    """An experiment on a table one folder away from where it is saved."""
    (tmp_path / "data").mkdir()
    (tmp_path / "races").mkdir()
    table = tmp_path / "data" / "own.csv"
    table.write_text("x,y\n1,2\n")
    return Experiment().with_value("task.data", "table").with_value("task.table", str(table))


def test_a_table_is_named_from_the_experiment_and_found_again(with_table, tmp_path):
    file = tmp_path / "races" / "race.toml"
    save(with_table, file)
    text = file.read_text()
    assert 'table = "../data/own.csv"' in text
    assert str(tmp_path) not in text
    moved = tmp_path.parent / f"{tmp_path.name} moved"
    os.rename(tmp_path, moved)
    found = read(moved / "races" / "race.toml")
    assert not found.notes
    assert os.path.samefile(found.experiment.task.table, moved / "data" / "own.csv")
    digest = hashlib.sha256(b"x,y\n1,2\n").hexdigest()
    assert found.experiment.task.sha256 == digest


def test_a_table_that_changed_or_went_is_said(with_table, tmp_path):
    file, table = tmp_path / "races" / "race.toml", tmp_path / "data" / "own.csv"
    save(with_table, file)
    table.write_text("x,y\n1,3\n")
    assert "own.csv has changed since it was saved" in " ".join(read(file).notes)
    table.unlink()
    assert "own.csv cannot be read" in " ".join(read(file).notes)


def test_no_text_carries_an_absolute_path(with_table, tmp_path):
    assert str(tmp_path) not in dumps(with_table)
    assert as_tables(with_table)["task"]["table"] == "own.csv"


def test_a_refused_write_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "race.toml"
    save(Experiment(name="old"), file)
    gone = Experiment().with_value("task.table", str(tmp_path / "gone.csv"))
    with pytest.raises(FileNotFoundError):
        save(gone, file)
    assert read(file).experiment.name == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["race.toml"]
