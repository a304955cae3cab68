"""Shows that Python's sentence-transformers loads what tabgrad saves: `python scripts/roundTrip/check.py [FOLDER]`.

Needs the packages of the fixture scripts, the weights in public/weights, node_modules and a GPU driver for Node. It runs
save.js, which saves MiniLM untrained, trained (float32, float16, zipped) and as a plain BERT, then compares. It prints
versions and the largest differences, and fails where one is too large.
"""

import json
import platform
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import ModelCard
from safetensors import safe_open
from sentence_transformers import SentenceTransformer

ROOT = Path(__file__).resolve().parents[2]
ORIGINAL = ROOT / "public" / "weights" / "all-MiniLM-L6-v2"
PACKAGES = ["sentence-transformers", "transformers", "torch", "safetensors", "huggingface_hub"]


def report(what: str, value: float, most: float) -> None:
    print(f"{what}: {value:.3g} (at most {most:g})")
    if not value <= most:
        sys.exit(f"{what} is too large.")


def max_difference(a, b) -> float:
    return float(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)).max())


def check_untrained(folder: Path) -> None:
    with safe_open(folder / "model.safetensors", "pt") as saved, safe_open(ORIGINAL / "model.safetensors", "pt") as original:
        if list(saved.keys()) != list(original.keys()) or saved.metadata() != {"format": "pt"}:
            sys.exit("Names or metadata differ.")
        different = [name for name in saved.keys() if not torch.equal(saved.get_tensor(name), original.get_tensor(name))]
    print(f"untrained: {len(different)} tensors differ from the original's")
    if different:
        sys.exit(f"They are {different}.")
    for path in sorted(ORIGINAL.rglob("*")):
        if path.is_file():
            same = path.read_bytes() == (folder / path.relative_to(ORIGINAL)).read_bytes()
            print(f"untrained: {path.relative_to(ORIGINAL)} {'is byte-identical' if same else 'DIFFERS'}")
            if not same:
                sys.exit("It was to be the same.")


def check_saved(folder: Path, expected: dict, most: float) -> None:
    name = folder.name
    vectors = SentenceTransformer(str(folder), device="cpu").float().encode(expected["texts"])
    report(f"{name}: vectors", max_difference(vectors, np.reshape(expected["vectors"], expected["shape"])), most)
    if not expected["predictions"]:
        return
    command = [sys.executable, str(folder / "predict.py"), *expected["texts"]]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    printed = [json.loads(line) for line in lines]
    if [line["text"] for line in printed] != expected["texts"]:
        sys.exit("predict.py printed other texts.")
    for head in expected["predictions"]:
        ours = np.reshape(head["probabilities"], (-1, len(head["labels"])))
        theirs = [[line[head["name"]][label] for label in head["labels"]] for line in printed]
        report(f"{name}: probabilities of {head['name']!r}", max_difference(theirs, ours), most)


def check_card(folder: Path) -> None:
    card = ModelCard.load(folder / "README.md")
    print("card:", json.dumps(card.data.to_dict()))
    if card.data.base_model != "sentence-transformers/all-MiniLM-L6-v2" or "The match" in card.content:
        sys.exit("The card is wrong.")


def check_zip(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        if packed.testzip() is not None:
            sys.exit(f"{path.name} is damaged.")
        for name in packed.namelist():
            if packed.read(name) != (path.parent / name).read_bytes():
                sys.exit(f"{name} differs in {path.name}.")
        print(f"{path.name}: {len(packed.namelist())} files, as in the folder")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="tabgrad-"))
    subprocess.run(["node", str(ROOT / "scripts" / "roundTrip" / "save.js"), str(folder)], check=True)
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    print(f"Python {platform.python_version()},", ", ".join(f"{package} {version(package)}" for package in PACKAGES))
    print(f"Node {expected['node']}, {expected['adapter']}; losses of {len(expected['losses'])} steps: {expected['losses']}")
    check_untrained(folder / "untrained")
    check_saved(folder / "trained", expected, 1e-5)
    check_saved(folder / "float16", expected, 5e-3)
    check_saved(folder / "plain", json.loads((folder / "expectedPlain.json").read_text("utf-8")), 1e-5)
    check_card(folder / "trained")
    for name in ("trained.zip", "streamed.zip"):
        check_zip(folder / name)


main()
