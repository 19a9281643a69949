"""What PyTorch computes, written down for the tests of losses, optimisers and schedules.

Only this script needs PyTorch; the tests read `fixtures/torch.json`. To make that file again:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0
    /tmp/torch/bin/python tests/engine/make_torch_fixture.py
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from torch.optim import lr_scheduler

FIXTURE = Path(__file__).parent / "fixtures" / "torch.json"
STEPS = 200
KEPT = (1, 2, 3, 10, 50, 100, 150, 200)
START = (-0.9, 0.4, 1.3, -0.2, 0.7)
NUDGE = 1e-12
DECAYED = 3  # the first three are weights, the other two biases, exempt from decay

OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {}),
    "nesterov": (torch.optim.SGD, {"nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
}

SETTINGS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "learning_rate": 0.003},
    {"optimizer": "sgd", "learning_rate": 0.05},
    {"optimizer": "momentum", "learning_rate": 0.01, "momentum": 0.9},
    {"optimizer": "momentum", "learning_rate": 0.03, "momentum": 0.5},
    {"optimizer": "nesterov", "learning_rate": 0.01, "momentum": 0.9},
    {"optimizer": "nesterov", "learning_rate": 0.03, "momentum": 0.5},
    {"optimizer": "rmsprop", "learning_rate": 0.003, "alpha": 0.99, "epsilon": 1e-8},
    {"optimizer": "rmsprop", "learning_rate": 0.01, "alpha": 0.8, "epsilon": 0.3},
    {"optimizer": "adam", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"optimizer": "adam", "learning_rate": 0.03, "beta1": 0.5, "beta2": 0.98, "epsilon": 0.1},
    {"optimizer": "adamw", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"optimizer": "adamw", "learning_rate": 0.03, "beta1": 0.5, "beta2": 0.98, "epsilon": 0.1},
]

SCHEDULES: list[dict[str, Any]] = [
    {"schedule": key, "warmup": warmup, "total": STEPS, "period": 30, "gamma": 0.7}
    for key in ("constant", "cosine", "step")
    for warmup in (0, 20)
]


def objective(w: torch.Tensor) -> torch.Tensor:
    """A curved valley: the sum of (w[i+1] - w[i]²)² + (1 - w[i])² / 2."""
    return ((w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2 / 2).sum()


def optimizer_of(case: dict[str, Any], parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    kind, options = OPTIMIZERS[case["optimizer"]]
    options = dict(options, lr=case["learning_rate"])
    names = {"momentum": "momentum", "alpha": "alpha", "epsilon": "eps"}
    options.update({names[name]: case[name] for name in names if name in case})
    if "beta1" in case:
        options["betas"] = (case["beta1"], case["beta2"])
    weights, biases = parameters
    groups = [
        {"params": [weights], "weight_decay": case["weight_decay"]},
        {"params": [biases], "weight_decay": 0.0},
    ]
    return kind(groups, **options)


def scheduler_of(case: dict[str, Any], optimizer: torch.optim.Optimizer) -> Any:
    parts: list[Any] = []
    if case["warmup"]:
        warmup = case["warmup"]
        parts.append(lr_scheduler.LinearLR(optimizer, 1 / warmup, 1.0, total_iters=warmup - 1))
    if case["schedule"] == "cosine":
        parts.append(lr_scheduler.CosineAnnealingLR(optimizer, T_max=case["total"]))
    if case["schedule"] == "step":
        parts.append(lr_scheduler.StepLR(optimizer, case["period"], case["gamma"]))
    return lr_scheduler.ChainedScheduler(parts or [lr_scheduler.ConstantLR(optimizer, 1.0)])


def run(case: dict[str, Any]) -> dict[str, Any]:
    """The case with what PyTorch makes of it; refused if rounding alone could move it by 1e-10."""
    made, nudged = follow(case, 0.0), follow(case, NUDGE)
    pair = (torch.tensor(way["path"], dtype=torch.float64) for way in (made, nudged))
    moved = torch.sub(*pair)
    if moved.abs().max() > 100 * NUDGE:
        raise SystemExit(f"this case is chaotic, no test of a formula: {case}")
    return case | made


def follow(case: dict[str, Any], nudge: float) -> dict[str, Any]:
    """PyTorch's parameters after the kept steps, and the rates of all of them."""
    start = torch.tensor(START, dtype=torch.float64) + nudge
    parameters = [part.clone().requires_grad_() for part in (start[:DECAYED], start[DECAYED:])]
    optimizer = optimizer_of(case, parameters)
    scheduler = scheduler_of(case, optimizer)
    path, factors, clipped = [], [], 0
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        objective(torch.cat(parameters)).backward()
        if case["clip_norm"]:
            norm = torch.nn.utils.clip_grad_norm_(parameters, case["clip_norm"])
            clipped += bool(norm > case["clip_norm"])
        factors.append(scheduler.get_last_lr()[0] / case["learning_rate"])
        optimizer.step()
        scheduler.step()
        if step in KEPT:
            path.append(torch.cat(parameters).tolist())
    return {"path": path, "factors": factors, "clipped": clipped}


def trajectories() -> list[dict[str, Any]]:
    """All optimisers with and without weight decay, and three of them clipped."""
    plain = {"clip_norm": 0.0, "schedule": "constant", "warmup": 0, "total": STEPS}
    plain |= {"period": 1, "gamma": 1.0}
    cases = [
        plain | settings | {"weight_decay": weight_decay}
        for settings, weight_decay in itertools.product(SETTINGS, (0.0, 0.1))
    ]
    cases += [plain | SETTINGS[i] | {"weight_decay": 0.1, "clip_norm": 0.8} for i in (2, 8, 10)]
    return [{k: v for k, v in run(case).items() if k != "factors"} for case in cases]


def scheduled() -> list[dict[str, Any]]:
    """Every schedule, with and without warm-up, under Adam with clipping and decay."""
    more = {"weight_decay": 0.1, "clip_norm": 2.0}
    return [run(SETTINGS[8] | schedule | more) for schedule in SCHEDULES]


def losses() -> list[dict[str, Any]]:
    """Value and gradient of PyTorch's own losses; outputs and targets as (units, batch)."""
    torch.manual_seed(0)
    outputs = 2 * torch.randn(3, 4, dtype=torch.float64)
    numbers = torch.randn(3, 4, dtype=torch.float64)
    classes = torch.tensor([0, 2, 1, 2])
    one_hot = functional.one_hot(classes, 3).T.double()
    binary = torch.tensor([[0.0, 1.0, 1.0, 0.0]], dtype=torch.float64)
    rows = [
        ("mse", outputs, numbers, functional.mse_loss),
        ("huber", outputs, numbers, functional.huber_loss),
        ("binary_cross_entropy", outputs[:1], binary, functional.binary_cross_entropy_with_logits),
        ("cross_entropy", outputs, one_hot, lambda o, t: functional.cross_entropy(o.T, t.T)),
    ]
    return [compared(*row) for row in rows]


def compared(key: str, outputs: torch.Tensor, targets: torch.Tensor, loss: Any) -> dict[str, Any]:
    outputs = outputs.clone().requires_grad_()
    value = loss(outputs, targets)
    value.backward()
    return {
        "loss": key,
        "outputs": outputs.tolist(),
        "targets": targets.tolist(),
        "value": value.item(),
        "gradient": outputs.grad.tolist(),  # type: ignore[union-attr]
    }


def main() -> None:
    about = {"torch": torch.__version__.split("+")[0], "start": START, "decayed": DECAYED}
    parts = {"trajectories": trajectories(), "scheduled": scheduled(), "losses": losses()}
    lines = [f'"{key}": {json.dumps(value)}' for key, value in (about | {"kept": KEPT}).items()]
    for key, rows in parts.items():
        lines.append(f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    FIXTURE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
