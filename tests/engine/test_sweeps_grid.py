"""A grid sets just the fields it names; its file brings back the sweep; mistakes have a place."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.sections import TaskSettings
from engine.settings import Refusal
from engine.sweeps import Axis, Sweep
from engine.sweeps.grid import MOST_RACES, label, offers, with_field
from engine.sweeps.sweep_file import dumps, is_sweep, loads, read, save

EXPERIMENT = Experiment(
    contestants=(Contestant("relu"), Contestant("leaky_relu"), Contestant("gelu"))
)
AXES = {
    "network.depth": st.integers(0, 100),
    "network.width": st.integers(1, 1024),
    "network.widths": st.lists(st.integers(1, 64), min_size=1, max_size=3).map(tuple),
    "network.precision": st.sampled_from(["float16", "bfloat16", "float32", "float64"]),
    "training.learning_rate": st.floats(1e-7, 100),
    "training.batch_size": st.integers(0, 1000),
    "task.noise": st.floats(0, 50),
    "population.same_data": st.booleans(),
    "contestant.2.negative_slope": st.floats(-2, 2),
    "contestant.3.approximate": st.sampled_from(["none", "tanh"]),
    "contestants.gain": st.floats(1e-3, 100),
}


@st.composite
def sweeps(draw) -> Sweep:
    paths = draw(st.lists(st.sampled_from(sorted(AXES)), min_size=1, max_size=3, unique=True))
    axes = [
        Axis(path, tuple(draw(st.lists(AXES[path], min_size=1, max_size=3, unique=True))))
        for path in paths
    ]
    tuned = draw(st.booleans()) and "training.learning_rate" not in paths
    name = draw(st.sampled_from(["", "Depth"]))
    return Sweep(EXPERIMENT, tuple(axes), tuned, name, timeout=draw(st.sampled_from([0.0, 60.0])))


def value(experiment: Experiment, path: str):
    place, _, name = path.partition(".")
    if place == "contestants":
        (shared,) = {getattr(c, name) for c in experiment.contestants}
        return shared
    if place == "contestant":
        number, _, name = name.partition(".")
        return experiment.contestants[int(number) - 1].parameters[name]
    return experiment.value(path)


@given(sweeps())
def test_every_race_has_its_values_and_differs_in_nothing_else(sweep):
    races = list(sweep.races())
    assert len(races) == len(sweep)
    values = [tuple(race.values[axis.path] for axis in sweep.axes) for race in races]
    assert values == list(itertools.product(*(axis.values for axis in sweep.axes)))
    for race in races:
        assert all(value(race.experiment, path) == set_ for path, set_ in race.values.items())
        back = race.experiment
        for path in race.values:
            if path.startswith("contestant"):
                back = dataclasses.replace(back, contestants=EXPERIMENT.contestants)
            else:
                back = back.with_value(path, EXPERIMENT.value(path))
        assert dataclasses.replace(back, name="") == EXPERIMENT


@given(sweeps())
def test_a_sweep_survives_its_file(sweep):
    assert loads(dumps(sweep)) == sweep


@given(sweeps())
def test_races_have_equal_keys_only_where_nothing_but_names_differs(sweep):
    keys = [race.key for race in sweep.races()]
    assert len(set(keys)) == len(keys)
    renamed = dataclasses.replace(sweep, name="Other", timeout=1.0)
    assert [race.key for race in renamed.races()] == keys
    other = dataclasses.replace(sweep, tuned=not sweep.tuned)
    assert not {race.key for race in other.races()} & set(keys)


def test_a_colour_decides_nothing():
    axes = (Axis("network.depth", (1,)),)
    coloured = tuple(dataclasses.replace(c, colour=11 - n) for n, c in
                     enumerate(EXPERIMENT.contestants))  # fmt: skip
    other = dataclasses.replace(EXPERIMENT, contestants=coloured)
    keys = [next(Sweep(e, axes).races()).key for e in (EXPERIMENT, other)]
    assert keys[0] == keys[1]


def test_a_grid_is_written_with_quotes_or_without():
    plain = loads('[grid]\nnetwork.depth = [1, 2]\ntraining.learning_rate = "tuned"')
    quoted = loads('[grid]\n"network.depth" = [1, 2]\n"training.learning_rate" = "tuned"')
    assert plain == quoted == Sweep(Experiment(), (Axis("network.depth", (1, 2)),), tuned=True)


def test_values_that_only_go_together_are_set_in_the_grids_order():
    axes = (Axis("network.precision", ("float16",)), Axis("network.loss_scale", (1.0, 1024.0)))
    assert len(list(Sweep(EXPERIMENT, axes).races())) == 2
    with pytest.raises(Refusal, match=r"grid\.loss_scale|grid\.network\.loss_scale"):
        Sweep(EXPERIMENT, axes[::-1])


def test_another_activation_comes_with_its_own_parameters():
    changed = with_field(EXPERIMENT, "contestant.2.activation", "elu")
    assert changed.contestants[1] == Contestant("elu")


def test_fields_have_names_that_people_read():
    assert label(EXPERIMENT, "network.depth") == "Hidden layers"
    assert label(EXPERIMENT, "contestants.gain") == "Gain"
    assert label(EXPERIMENT, "contestant.2.negative_slope") == "Leaky ReLU 0.01: negative_slope"


def test_the_users_table_is_found_beside_the_file(tmp_path):
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{n},{n % 3}\n" for n in range(30)))
    (tmp_path / "sweep.toml").write_text(
        '[task]\ndata = "table"\ntable = "points.csv"\n[grid]\nnetwork.depth = [1]\n'
    )
    sweep = read(tmp_path / "sweep.toml").sweep
    assert sweep.experiment.task.table == str(tmp_path / "points.csv")
    save(sweep, tmp_path / "again.toml")
    assert str(tmp_path) not in (tmp_path / "again.toml").read_text()
    assert read(tmp_path / "again.toml").sweep == sweep


def test_a_table_is_known_by_its_content_wherever_it_lies(tmp_path):
    def keys(path, rows):
        path.write_text("x,y\n" + "".join(f"{n},{n % 3}\n" for n in range(rows)))
        task = TaskSettings(data="table", table=str(path))
        sweep = Sweep(dataclasses.replace(EXPERIMENT, task=task), (Axis("network.depth", (1, 2)),))
        return [race.key for race in sweep.races()]

    first = keys(tmp_path / "one.csv", 30)
    assert keys(tmp_path / "two.csv", 30) == first
    assert not set(keys(tmp_path / "one.csv", 31)) & set(first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "s.toml: grid = '': must name at least one field"),
        ('[grid]\ntraining.learning_rate = "tuned"', "s.toml: grid = '': must name at least one"),
        ("grid = 3", "s.toml: grid = 3: must be a table"),
        ("[grid]\nnetwork.deth = [1]", "s.toml: grid.network.deth = 1: is no field; network has"),
        ("[grid]\nnet.depth = [1]", "s.toml: grid.net.depth = 1: is no field; it must begin with"),
        ("[grid]\ntask.table = ['a']", "s.toml: grid.task.table = 'a': is no field"),
        ("[grid]\nnetwork.depth = []", r"s.toml: grid.network.depth = \[\]: must be a list of at"),
        ("[grid]\nnetwork.depth = 3", "s.toml: grid.network.depth = 3: must be a list of at least"),
        ("[grid]\nnetwork.depth = [500]", "s.toml: grid.network.depth = 500: must be 0 to 100"),
        ("[grid]\nnetwork.depth = [3, 3]", "s.toml: grid.network.depth = 3: must not come twice"),
        ("[grid]\nnetwork.depth = [1]\n'network.depth' = [2]", "must not come twice"),
        ("[grid]\ncontestant.9.gain = [1]", "grid.contestant.9.gain = 1: must name one of"),
        ("[grid]\ncontestant.1.slope = [1]", "grid.contestant.1.slope = 1: is no field; ReLU has"),
        ("[grid]\ntraining.steps = [10, 0]", "training.steps = 0: is no limit"),
        ("training = {learning_rate = 0}\n[grid]\nnetwork.depth = [1]\n"
         "training.learning_rate = 'tuned'", "training.learning_rate = 0: must be above 0"),
        ("[sweep]\nformat = 2\n[grid]\nnetwork.depth = [1]", "sweep.format = 2: must be 1"),
        ("[sweep]\ntimeout = -1\n[grid]\nnetwork.depth = [1]", "sweep.timeout = -1.0: must be"),
        ("[sweep]\nwidth = 1\n[grid]\nnetwork.depth = [1]", "sweep.width = 1: is not known"),
        ("[network]\nwidth = 0\n[grid]\nnetwork.depth = [1]", "s.toml: network.width = 0"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_names_file_field_value_and_remedy(text, said):
    with pytest.raises(Refusal, match=said) as refused:
        loads(text, "s.toml")
    assert len(str(refused.value).splitlines()) == 1


def test_a_grid_too_large_is_refused_before_it_is_walked():
    axes = tuple(Axis(path, tuple(range(1, 101))) for path in
                 ("network.depth", "network.width", "population.seeds", "task.noise"))  # fmt: skip
    with pytest.raises(Refusal, match=f"100,000,000 races'?: must be {MOST_RACES:,} at most"):
        Sweep(EXPERIMENT, axes)


def test_a_file_with_a_grid_is_a_sweep_and_an_experiment_is_none(tmp_path):
    path = tmp_path / "file.toml"
    for text, expected in (
        ("[grid]\nnetwork.depth = []", True),
        ("[sweep]\nname = 'a'", True),
        ("[network]\ndepth = 2", False),
        ("[grid", False),
    ):
        path.write_text(text, "utf-8")
        assert is_sweep(path) is expected
    assert not is_sweep(tmp_path / "missing.toml")


def test_a_grid_is_offered_what_matters_to_its_experiment():
    shapes = Experiment(contestants=(Contestant("relu"), Contestant("elu")))
    offered = list(offers(shapes))
    assert "network.depth" in offered
    assert "contestant.2.alpha" in offered
    assert "task.table" not in offered
    listed = shapes.with_value("network.widths", (8, 8))
    assert "network.depth" not in offers(listed)
    for path in offered:
        assert label(shapes, path)


def test_a_difference_can_grow_along_sizes_but_not_along_names_or_a_single_value():
    axes = (
        Axis("network.depth", (1, 2)),
        Axis("network.width", (8,)),
        Axis("network.residual", (False, True)),
        Axis("population.first_seed", (0, 100)),
        Axis("contestant.2.negative_slope", (0.1, 0.2)),
        Axis("network.initializer", ("he", "xavier")),
    )
    assert Sweep(EXPERIMENT, axes).scales == ["network.depth", "contestant.2.negative_slope"]
