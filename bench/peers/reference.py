"""Writes reference.json: one real sentence of exactly 16, 32 and 64 tokens, its ids and its vector by
sentence-transformers (float32, CPU). The benchmark puts them into its batches, so each timed result is also a checked one.

Usage: python reference.py <model folder> reference.json
"""

import json
import sys

import sentence_transformers
import torch
from sentence_transformers import SentenceTransformer

TEXTS = [
    "The quick brown fox jumps over the lazy dog while the sun rises.",
    "The harbour was quiet that morning; two fishing boats lay at the pier, and an old woman sold oranges from a "
    "small cart beside the lighthouse.",
    "Sentence embeddings map a piece of text to a point in a space of a few hundred dimensions, such that texts of "
    "similar meaning lie close together. They are used to search collections of documents, to group customer messages "
    "by topic, and to find questions asked before, even when no word is shared.",
]

folder, target = sys.argv[1:]
model = SentenceTransformer(folder, device="cpu")
vectors = model.encode(TEXTS, batch_size=1, normalize_embeddings=True)
sentences = [
    {
        "text": text,
        "ids": model.tokenizer(text)["input_ids"],
        "embedding": [float(f"{x:.9g}") for x in vector],
    }
    for text, vector in zip(TEXTS, vectors)
]
assert [len(s["ids"]) for s in sentences] == [16, 32, 64], [len(s["ids"]) for s in sentences]
versions = {"sentence-transformers": sentence_transformers.__version__, "torch": torch.__version__}
with open(target, "w") as file:
    json.dump({"versions": versions, "sentences": sentences}, file)
    file.write("\n")
