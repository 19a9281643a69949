"""An experiment validates itself, says what is wrong where, and never changes under a reader."""

import copy
import dataclasses
import math
import pickle

import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.contestant import TRAINED, Contestant
from engine.experiment import SECTIONS, Experiment, Intervention
from engine.sections import (
    MAX_CONTESTANTS,
    NetworkSettings,
    PopulationSettings,
    TaskSettings,
    TrainingSettings,
)
from engine.settings import Refusal, Setting, settings_of
from engine.tasks import TASKS

ALL_SETTINGS = [
    pytest.param(record, name, about, id=f"{record.__name__}.{name}")
    for record in (*SECTIONS.values(), Contestant)
    for name, about in settings_of(record).items()
]


@pytest.mark.parametrize(("record", "name", "about"), ALL_SETTINGS)
def test_every_setting_can_be_shown_and_its_default_lies_in_its_range(record, name, about):
    assert about.label[0].isupper()
    assert about.help.endswith(".")
    default = getattr(record(), name)
    if about.choices is not None:
        assert default is None or default in about.choices()
    elif isinstance(default, float | int) and not isinstance(default, bool):
        assert about.low <= default <= about.high or (about.zero and default == 0)
    if about.log:
        assert about.low > 0 or (about.low == 0 and about.step > 0)
        assert math.isfinite(about.high)
    if about.shown_for is not None:
        assert about.shown_for(record()) in (True, False)


@pytest.mark.parametrize(("record", "name", "about"), ALL_SETTINGS)
def test_what_lies_outside_a_range_is_refused_by_field_value_and_range(record, name, about):
    if about.choices is not None:
        with pytest.raises(Refusal, match=f"{name} = 'nowhere': must be one of"):
            record(**{name: "nowhere"})
    outside = [bad for bad in (-1 - abs(about.low), about.high + 1) if math.isfinite(bad)]
    for bad in [*outside, math.nan] if outside else []:
        with pytest.raises(Refusal, match=name):
            record(**{name: (bad,) if isinstance(getattr(record(), name), tuple) else bad})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("training.learning_rate", "fast"),
        ("training.learning_rate", True),
        ("training.steps", 2.5),
        ("training.steps", None),
        ("population.same_data", 1),
        ("task.formula", 3),
        ("network.widths", "64, 32"),
        ("network.widths", (8.0, 4.0)),
        ("network.widths", (True,)),
        ("network.widths", (8,) * 101),
        ("task.table", "a\x00b.csv"),
        ("task.target", "two\nlines"),
    ],
)
def test_another_kind_of_value_is_refused_with_the_whole_path(path, value):
    with pytest.raises(Refusal) as refusal:
        Experiment().with_value(path, value)
    assert refusal.value.field == path
    assert refusal.value.value == value


def test_whole_numbers_serve_as_floats_and_whole_floats_as_whole_numbers():
    experiment = Experiment().with_value("training.learning_rate", 1)
    assert type(experiment.value("training.learning_rate")) is float
    experiment = experiment.with_value("training.batch_size", 64.0)
    assert type(experiment.value("training.batch_size")) is int


def test_zero_is_allowed_where_it_has_a_meaning_of_its_own():
    assert PopulationSettings(threshold=0).threshold == 0
    assert TrainingSettings(batch_size=0).batch_size == 0
    assert TrainingSettings(learning_rate=0).learning_rate == 0
    with pytest.raises(Refusal, match="epsilon"):
        TrainingSettings(epsilon=0)


def test_a_change_makes_a_new_experiment_and_no_change_the_same():
    old = Experiment()
    new = old.with_value("network.depth", 9)
    assert (old.network.depth, new.network.depth) == (4, 9)
    assert dataclasses.replace(new, network=old.network) == old
    assert old.with_value("network.depth", 4) == old
    with pytest.raises(dataclasses.FrozenInstanceError):
        old.network.depth = 3
    assert isinstance(Experiment.setting("network.depth"), Setting)


def test_the_shares_must_leave_something_to_train_on():
    TaskSettings(test_share=0.5, validation_share=0.45)
    with pytest.raises(Refusal, match="must leave 5 % for training"):
        TaskSettings(test_share=0.6, validation_share=0.4)


def test_listed_widths_take_the_place_of_depth_and_width():
    assert NetworkSettings(depth=3, width=5).hidden == (5, 5, 5)
    assert NetworkSettings(depth=3, widths=(64, 32)).hidden == (64, 32)
    assert NetworkSettings(depth=0).hidden == ()


def test_the_seeds_are_the_first_and_those_after_it():
    assert list(PopulationSettings(seeds=3, first_seed=40).seed_numbers) == [40, 41, 42]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_loss_must_fit_the_task(task):
    experiment = Experiment(task=TaskSettings(data=task.key))
    fits = {
        "regression": ("mse", "cross_entropy"),
        "binary": ("binary_cross_entropy", "mse"),
        "multiclass": ("cross_entropy", "mse"),
        "": ("mse", None),
    }
    good, bad = fits[task.kind]
    experiment.with_value("training.loss", good)
    if bad is not None:
        with pytest.raises(Refusal, match=r"training\.loss"):
            experiment.with_value("training.loss", bad)


def test_there_are_1_to_12_contestants():
    relu = (Contestant("relu"),)
    Experiment(contestants=relu * MAX_CONTESTANTS)
    for count in (0, MAX_CONTESTANTS + 1):
        with pytest.raises(Refusal, match=f"contestants = {count}: must be 1 to 12"):
            Experiment(contestants=relu * count)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_a_contestant_starts_from_its_record(key):
    contestant = Contestant(key)
    record = contestant.record
    assert contestant.name.startswith(record.label)
    assert dict(contestant.parameters) == record.defaults
    assert dict(contestant.trained) == {p.name: p.trained for p in record.parameters}
    record.value(1.0, **contestant.parameters)


@pytest.mark.parametrize("mode", TRAINED)
def test_every_continuous_parameter_can_be_fixed_or_trained(mode):
    for record in ACTIVATIONS.values():
        for parameter in record.parameters:
            contestant = Contestant(record.key, trained={parameter.name: mode})
            assert contestant.trained[parameter.name] == mode


def test_a_contestant_is_refused_by_the_name_of_what_is_wrong():
    for given, said in [
        ({"activation": "relu7"}, "activation = 'relu7': must be one of identity"),
        ({"activation": "relu", "parameters": {"alpha": 1}}, r"parameters\.alpha = 1: must be one"),
        ({"activation": "elu", "parameters": {"alpha": "1"}}, "alpha = '1': must be a number"),
        ({"activation": "elu", "parameters": {"alpha": -1}}, "alpha = -1.0: must be"),
        ({"activation": "elu", "parameters": {"alpha": math.inf}}, "alpha = inf: must be"),
        ({"activation": "elu", "trained": {"alpha": "often"}}, r"trained\.alpha = 'often': must"),
        ({"activation": "gelu", "parameters": {"approximate": "x"}}, "approximate = 'x': must be"),
        ({"activation": "hardtanh", "parameters": {"min_val": 2}}, "min_val"),
    ]:
        with pytest.raises(Refusal, match=said):
            Contestant(**given)


def test_contestants_get_the_colours_of_the_palette_in_order():
    experiment = Experiment(contestants=tuple(Contestant(key) for key in ("relu", "elu", "tanh")))
    assert [c.colour for c in experiment.contestants] == [0, 1, 2]


def test_a_contestant_keeps_its_colour_and_no_two_share_one():
    relu, elu, tanh = Experiment(
        contestants=tuple(Contestant(key) for key in ("relu", "elu", "tanh"))
    ).contestants
    for asked, colours in (
        ((tanh, relu, elu), [2, 0, 1]),
        ((relu, tanh), [0, 2]),
        ((relu, tanh, Contestant("selu")), [0, 2, 1]),
        ((Contestant("selu"), tanh), [0, 2]),
        ((relu, relu, tanh), [0, 1, 2]),
    ):
        found = Experiment(contestants=asked).contestants
        assert [c.colour for c in found] == colours
    full = Experiment(contestants=(elu,) * 12)
    assert sorted(c.colour for c in full.contestants) == list(range(12))
    with pytest.raises(Refusal, match="colour = 12: must be 0 to 11"):
        Contestant("relu", colour=12)


def test_names_tell_contestants_apart():
    for contestant, name in [
        (Contestant("leaky_relu", {"negative_slope": 0.2}), "Leaky ReLU 0.2"),
        (Contestant("prelu"), "PReLU per layer"),
        (Contestant("prelu", {"negative_slope": 0}), "PReLU 0 per layer"),
        (Contestant("gelu", {"approximate": "tanh"}), "GELU tanh"),
        (Contestant("relu", label="mine"), "mine"),
    ]:
        assert contestant.name == name


def test_experiments_can_be_compared_hashed_copied_and_sent_to_other_processes():
    experiment = Experiment(contestants=(Contestant("elu", {"alpha": 2}, gain=1.5),))
    twins = [copy.deepcopy(experiment), pickle.loads(pickle.dumps(experiment))]
    for twin in twins:
        assert twin == experiment
        assert hash(twin) == hash(experiment)
        with pytest.raises(TypeError):
            twin.contestants[0].parameters["alpha"] = 3.0


def test_a_refusal_says_the_same_in_another_process():
    refusal = Refusal("network.depth", 500, "must be 0 to 100 layers").inside("grid")
    other = pickle.loads(pickle.dumps(refusal))
    assert (type(other), str(other), other.value) == (Refusal, str(refusal), 500)


@pytest.mark.parametrize(
    ("step", "field", "value", "said"),
    [
        (-1, "training.learning_rate", 0.1, r"^step = -1"),
        (1, "training.steps", 5, r"^field = 'training.steps': must be one of"),
        (1, "network.depth", 5, r"^field = "),
        (1, "nowhere", 5, r"^field = "),
        (1, "training.learning_rate", -1.0, r"intervention 1\.training\.learning_rate = -1.0"),
        (1, "training.batch_size", 2.5, r"training\.batch_size = 2.5: must be a whole number"),
        (1, "training.weight_decay", math.nan, r"training\.weight_decay = nan"),
    ],
)
def test_only_live_settings_can_be_changed_in_a_race_and_only_to_what_is_allowed(
    step, field, value, said
):
    with pytest.raises(Refusal, match=said):
        Experiment(interventions=(Intervention(step, field, value),))


def test_a_refusal_is_one_line_whatever_the_value():
    refusal = Refusal("name", "two\nlines", "must be shorter").inside("task")
    assert str(refusal) == "task.name = 'two\\nlines': must be shorter"
    for value in (np.zeros((9, 9)), "folder/" * 999 + "end.csv", 16**9999, [16**9999]):
        said = str(Refusal("name", value, "must be shorter"))
        assert len(said.splitlines()) == 1
        assert len(said) < len("name = : must be shorter") + 81
    assert "end.csv" in str(Refusal("table", "folder/" * 999 + "end.csv", "must exist"))


@pytest.mark.parametrize("bad", ["a\x01b", "a\tb", "a\x7fb", "a\u2028b", "a\ud800b", "a\uffffb"])
def test_what_no_title_can_hold_is_refused_in_every_text(bad):
    for field, make in [
        ("name", lambda text: Experiment(name=text)),
        ("claim", lambda text: Experiment(claim=text)),
        ("label", lambda text: Contestant(label=text)),
        ("formula", lambda text: TaskSettings(formula=text)),
    ]:
        with pytest.raises(Refusal, match="without control characters") as refusal:
            make(bad)
        assert refusal.value.field == field
        make("Größe ½ · 大 🎉")


def test_only_a_claim_may_have_several_lines():
    assert Experiment(claim="one\ntwo").claim == "one\ntwo"
    with pytest.raises(Refusal, match="on one line"):
        Experiment(name="one\ntwo")
    with pytest.raises(Refusal, match="on one line"):
        Contestant(label="one\ntwo")


def test_a_formula_is_refused_where_the_task_draws_from_it():
    asked = Experiment(task=TaskSettings(data="formula"))
    for bad in ("foo(", "1/x"):
        with pytest.raises(Refusal) as refusal:
            asked.with_value("task.formula", bad)
        assert refusal.value.field == "task.formula"
        TaskSettings(formula=bad)


def test_a_table_can_be_chosen_before_its_file():
    chosen = Experiment().with_value("task.data", "table")
    assert chosen.with_value("task.table", "nowhere.csv").task.table == "nowhere.csv"


def test_lists_hold_what_they_are_lists_of():
    with pytest.raises(Refusal, match=r"contestants = \('relu',\): must be a list of Contestant"):
        Experiment(contestants=("relu",))
    with pytest.raises(Refusal, match="interventions = 3: must be a list of Intervention"):
        Experiment(interventions=3)
    assert Experiment(contestants=[Contestant()]) == Experiment(contestants=(Contestant(),))


def test_parameters_are_a_table_of_names_and_values():
    for name in ("parameters", "trained"):
        with pytest.raises(Refusal, match=f"{name} = 3: must be a table of names and values"):
            Contestant(**{name: 3})


def test_a_gain_that_is_not_taken_is_said_of_its_contestant():
    racing = (Contestant(), Contestant(initializer="playground", gain=2.0))
    with pytest.raises(Refusal, match=r"contestant 2\.gain = 2\.0: must be empty"):
        Experiment(contestants=racing)


@pytest.mark.parametrize(
    ("keys", "chosen", "reference"),
    [
        (("elu", "relu", "relu"), 0, 1),
        (("elu", "relu", "relu"), 3, 2),
        (("elu", "prelu"), 0, 0),
    ],
)
def test_the_reference_is_plain_relu_unless_another_is_chosen(keys, chosen, reference):
    experiment = Experiment(contestants=tuple(map(Contestant, keys)))
    assert experiment.with_value("population.reference", chosen).reference == reference


def test_a_relu_with_a_start_of_its_own_is_not_plain_and_one_with_a_tuned_rate_is():
    contestants = (Contestant("elu"), Contestant("relu", gain=3), Contestant("relu"))
    assert Experiment(contestants=contestants).reference == 2
    tuned = (Contestant("elu"), Contestant("relu", learning_rate=0.1), Contestant("relu"))
    assert Experiment(contestants=tuned).reference == 1


def test_a_reference_that_does_not_race_is_refused():
    with pytest.raises(Refusal, match=r"population.reference = 5: must be .* one of 4"):
        Experiment(population=PopulationSettings(reference=5))
