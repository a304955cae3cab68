"""Shows that the train.py of a saved folder trains as the tab does: `python scripts/roundTrip/trainCheck.py [FOLDER]`.

Needs the packages of the fixture scripts, accelerate, the weights in public/weights, node_modules and a GPU driver for Node. It runs
trainTab.js, which trains MiniLM in several ways and saves folders, and then their train.py, on one process and on two. It prints versions
and the largest differences, and fails where one is too large.
"""

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "public" / "weights" / "all-MiniLM-L6-v2"
TAB = ["node", str(ROOT / "scripts" / "roundTrip" / "trainTab.js")]
PACKAGES = ["accelerate", "sentence-transformers", "transformers", "torch", "safetensors"]
TEXTS = ["The referee was right.", "Banks closed early, 'they' said."]


def report(what: str, value: float, most: float) -> None:
    print(f"{what}: {value:.3g} (at most {most:g})", flush=True)
    if not value <= most:
        sys.exit(f"{what} is too large.")


def module_of(script: Path):
    spec = importlib.util.spec_from_file_location("script", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_names(folder: Path) -> None:
    """Names, labels and texts arrive as they were written, whatever Python or CSV could take them for."""
    module, facts = module_of(folder / "train.py"), json.loads((folder / "rows.json").read_text("utf-8"))
    read = [
        [row["text"], *(head["labels"][c] if c >= 0 else None for head, c in zip(module.HEADS, row["classes"]))]
        for row in module.read_rows(folder / "data.csv")
    ]
    if read != facts["wanted"] or [head["name"] for head in module.HEADS] != facts["names"]:
        sys.exit(f"Names or texts differ: {read}")
    print(f"names: {len(read)} rows of odd texts and labels are read as they were written")


def check_random(script: Path, facts: dict) -> None:
    """Python's order of examples and first weights of heads are the tab's, bit by bit."""
    module = module_of(script)
    for order in facts["orders"]:
        module.RUN.update(seed=order["seed"], batch_size=16)
        if module.batches(order["count"], order["epoch"]) != order["batches"]:
            sys.exit(f"The order of seed {order['seed']}, epoch {order['epoch']} differs.")
    for head in facts["heads"]:
        made = module.first_weights({"seed": head["seed"], "labels": ["a", "b", "c"]}, 384)
        same = [torch.equal(made[part].flatten(), torch.tensor(head[part])) for part in ("weight", "bias")]
        if not all(same):
            sys.exit(f"The head of seed {head['seed']} differs.")
    print(f"random numbers: {len(facts['orders'])} orders and {len(facts['heads'])} heads are the same, bit by bit")


def run(folder: Path, script: Path, base: Path | None, processes: int) -> list[dict]:
    """Runs a train.py; what it wrote to its log."""
    out = folder / f"{script.parent.name}-python-{processes}"
    shutil.rmtree(out, ignore_errors=True)
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", str(processes), "--num_machines", "1"]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no"]
    command = [*launch, str(script), "--data", str(script.parent / "data.csv"), "--out", str(out), *(["--from", str(base)] if base else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    return [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]


def compare(label: str, ours: list[dict], theirs: list[dict], most: float = 2e-5) -> None:
    steps = [[event for event in ours if event["type"] == "step"], [event for event in theirs if "loss" in event]]
    looks = [[event for event in ours if event["type"] == "evaluation"], [event for event in theirs if "held_out" in event]]
    counts = [len(part) for part in (*steps, *looks)]
    if counts[0] != counts[1] or counts[2] != counts[3] or any(a["step"] != b["step"] for a, b in zip(*looks)):
        sys.exit(f"{label}: other numbers of steps or evaluations: {counts}")
    apart = [abs(a["loss"] - b["loss"]) for a, b in zip(*steps)]
    apart += [abs(value - b["losses"][task]) for a, b in zip(*steps) for task, value in a["losses"].items()]
    report(f"{label}: {counts[0]} losses {steps[0][0]['loss']:.6f} to {steps[0][-1]['loss']:.6f}", max(apart), most)
    names = {"losses": "loss", "accuracy": "accuracy", "macroF1": "macro_f1"}
    apart = [abs(value - b["held_out"][task][names[key]]) for a, b in zip(*looks) for key in names for task, value in a[key].items()]
    if apart:
        report(f"{label}: {counts[2]} evaluations", max(apart), most)


def check_saved(folder: Path) -> None:
    """The folder that train.py saves is one that the tab loads, with the same probabilities."""
    printed = subprocess.run([*TAB, str(folder), "predict", *TEXTS], check=True, capture_output=True, text=True).stdout
    ours = json.loads(printed)
    lines = subprocess.run([sys.executable, str(folder / "predict.py"), *TEXTS], check=True, capture_output=True, text=True).stdout
    theirs = [json.loads(line) for line in lines.splitlines()]
    for name, probabilities in ours.items():
        rows = [value for line in theirs for value in line[name].values()]
        report(f"{folder.name}: probabilities of {name!r} in the tab", np.abs(np.subtract(probabilities, rows)).max(), 1e-5)
    if set(ours) != set(theirs[0]) - {"text"}:
        sys.exit("Not all heads are there.")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="tabgrad-"))
    subprocess.run([*TAB, str(folder)], check=True)
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    print(f"Python {platform.python_version()},", ", ".join(f"{package} {version(package)}" for package in PACKAGES))
    print(f"Node {expected['node']}, tabgrad {expected['version']}")
    check_random(folder / "full" / "train.py", json.loads((folder / "random.json").read_text("utf-8")))
    check_names(folder / "names")
    for case in expected["cases"]:
        script = folder / case["name"] / "train.py"
        prompted = folder / f"{case['name']}-base"
        base = prompted if prompted.exists() else BASE
        if "from" in case:
            # As a reader would: this script in the folder that the tab's model was saved to before.
            home = folder / f"{case['name']}-begins"
            shutil.copytree(folder / case["from"], home, dirs_exist_ok=True)
            for name in ("train.py", "data.csv"):
                shutil.copyfile(script.parent / name, home / name)
            script, base = home / "train.py", None
        for processes in (1, 2):
            compare(f"{case['name']}, {processes} process(es)", case["events"], run(folder, script, base, processes))
    check_saved(folder / "everything-python-1")
    check_saved(folder / "prompt-python-1")
    check_saved(folder / "onwards-begins-python-2")


main()
