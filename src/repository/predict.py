"""Class probabilities of texts, one line of JSON each: python predict.py "A text" "Another one" (needs sentence-transformers)."""
import json, sys
from pathlib import Path
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer

sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # whatever the terminal's encoding is
folder = Path(__file__).resolve().parent
model = SentenceTransformer(str(folder)).float()
for text in sys.argv[1:]:
    tokens = model.encode([text], output_value="token_embeddings", convert_to_numpy=False)[0].float().cpu()
    pooled, result = {"cls": tokens[0], "mean": tokens.mean(0)}, {"text": text}
    for head in json.loads((folder / "heads/index.json").read_text("utf-8")):
        config = json.loads((folder / "heads" / head["folder"] / "config.json").read_text("utf-8"))
        part = load_file(folder / "heads" / head["folder"] / "model.safetensors")
        logits = part["weight"].float() @ pooled[config["pooling"]] + part["bias"].float()
        result[config["name"]] = dict(zip(config["labels"], torch.softmax(logits, 0).tolist()))
    print(json.dumps(result, ensure_ascii=False))
