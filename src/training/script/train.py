"""Goes on with, or repeats, a training that was set up in a browser tab with tabgrad: same heads, data, order and settings.

    pip install sentence-transformers accelerate
    accelerate launch train.py --data data.csv               # goes on from the model in this file's folder
    accelerate launch train.py --data data.csv --from BASE   # repeats the run from the model it began with

Every process takes its share of every batch; gradients and losses are those of one process, but for rounding. With dropout 0 the
losses are the tab's; with dropout the masks differ. Early stopping is left out: all epochs run. data.csv has a text, a column for
each head (blank: no label) and held_out (1: evaluated on, not trained on). Settings are below: change what you like.
"""

import argparse
import csv
import json
import math
import shutil
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator, DistributedDataParallelKwargs
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

RUN = json.loads(r'''SETTINGS''')
HEADS = RUN["heads"]
HERE = Path(__file__).resolve().parent
GOLDEN, WORD = 0x9E3779B9, 0xFFFFFFFF


def mix(h):
    """murmur3's finalizer: the tab's random numbers are hashes, the same on every machine."""
    h = (h ^ h >> 16) * 0x85EBCA6B & WORD
    h = (h ^ h >> 13) * 0xC2B2AE35 & WORD
    return h ^ h >> 16


def batches(count, epoch):
    """Indices of training rows, batch by batch, in the tab's order; every epoch has its own."""
    stream, order = 0, list(range(count))
    for word in (RUN["seed"], 1, epoch):
        stream = mix(stream ^ mix(word + GOLDEN & WORD))
    for i in range(count - 1, 0, -1):
        j = int(mix(mix(i + GOLDEN & WORD) ^ stream) / 2**32 * (i + 1))
        order[i], order[j] = order[j], order[i]
    size = count if RUN["batch_size"] == "all" else RUN["batch_size"]
    return [order[first : first + size] for first in range(0, count, size)]


def first_weights(head, width):
    """A head as the tab makes it: uniform in ±1/√width, or what it was given."""
    state, values, classes = head["seed"] & WORD, [], len(head["labels"])
    for _ in range(classes * (width + 1)):
        state = state + GOLDEN & WORD
        values.append((2 * (mix(state) / 2**32) - 1) * (1 / math.sqrt(width)))
    weight = head.get("weight", values[: classes * width])
    bias = head.get("bias", values[-classes:] if "weight" not in head else values[:classes])
    return {"weight": torch.tensor(weight).reshape(classes, width), "bias": torch.tensor(bias)}


def saved_weights(head):
    """A head in this file's folder; None where there is none."""
    index = HERE / "heads" / "index.json"
    folders = {entry["name"]: entry["folder"] for entry in json.loads(index.read_text("utf-8"))} if index.exists() else {}
    if head["name"] not in folders:
        return None
    folder = HERE / "heads" / folders[head["name"]]
    if json.loads((folder / "config.json").read_text("utf-8"))["labels"] != head["labels"]:
        sys.exit(f"{folder} has other labels than the settings of this file.")
    return load_file(folder / "model.safetensors")


def read_rows(path):
    """Rows of data.csv: a text, a class for each head (-1: no label), and whether it is held out."""
    csv.field_size_limit(2**31 - 1)
    rows = []
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"text", *(head["column"] for head in HEADS)} - set(reader.fieldnames or [])
        if missing:
            sys.exit(f"{path} has no column {' or '.join(sorted(missing))}.")
        for number, row in enumerate(reader, 1):
            classes = []
            for head in HEADS:
                cell, cells = row.get(head["column"]) or "", head.get("cells", head["labels"])
                if cell and cell not in cells:
                    sys.exit(f"{path}, row {number}: {cell!r} is no label of {head['name']!r}. Its labels are {cells}.")
                classes.append(cells.index(cell) if cell else -1)
            rows.append({"text": row["text"] or "", "classes": classes, "held_out": row.get("held_out") == "1"})
    return rows


class Classifier(torch.nn.Module):
    """The encoder, and a linear layer on its first token or on the mean of all for each head."""

    def __init__(self, transformer, weights):
        super().__init__()
        self.transformer = transformer
        self.heads = torch.nn.ModuleList(torch.nn.Linear(*reversed(part["weight"].shape)) for part in weights)
        for layer, part in zip(self.heads, weights):
            layer.load_state_dict(part)

    def forward(self, tokens, wanted):
        """Logits of the heads wanted, by their index."""
        hidden = self.transformer(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        pooled = {"cls": hidden[:, 0], "mean": (hidden * mask).sum(1) / mask.sum(1)}
        return {h: self.heads[h](pooled[HEADS[h]["pooling"]]) for h in wanted}

    def by_name(self):
        heads = {f"heads.{head['name']}.{part}": p for head, layer in zip(HEADS, self.heads) for part, p in layer.named_parameters()}
        return {**dict(self.transformer.named_parameters()), **heads}


def optimizer_for(model):
    """Rates and decays by group; what is in none does not train. A pattern that ends in * is a beginning, any other a name."""
    parameters, groups, trained = model.by_name(), [], set()
    for group in RUN["groups"]:
        patterns = group["parameters"]
        begins, names = tuple(p[:-1] for p in patterns if p.endswith("*")), {p for p in patterns if not p.endswith("*")}
        mine = [name for name in parameters if name.startswith(begins) or name in names]
        trained.update(mine)
        params = [parameters[name] for name in mine]
        groups.append({"params": params, "lr": group["rate"], "rate": group["rate"], "weight_decay": group["weight_decay"]})
    for name, parameter in parameters.items():
        parameter.requires_grad_(name in trained)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[RUN["optimizer"]]
    return kind(groups, betas=tuple(RUN["betas"]), eps=RUN["eps"])


def rate_factor(update, total):
    """On every rate, at an update counted from 0: warm-up, then the schedule."""
    kind, warmup = RUN["schedule"]["kind"], RUN["schedule"]["warmup_steps"]
    if update < warmup:
        return update / warmup
    done, whole = update - warmup, max(1, total - warmup)
    return {"constant": 1, "linear": (whole - done) / whole, "cosine": (1 + math.cos(math.pi * done / whole)) / 2}[kind]


class Run:
    def __init__(self, accelerator, encoder, weights, rows):
        self.accelerator, self.encoder, self.log = accelerator, encoder, []
        # What the tab trains on, and predict.py asks about, begins with the model's default prompt.
        self.prompt = (getattr(encoder, "prompts", None) or {}).get(getattr(encoder, "default_prompt_name", None)) or ""
        self.plain = Classifier(encoder[0].auto_model, weights).to(accelerator.device)
        self.model, self.optimizer = accelerator.prepare(self.plain, optimizer_for(self.plain))
        self.used = [h for h, head in enumerate(HEADS) if head["task_weight"] > 0]
        self.rows = [row for row in rows if not row["held_out"] and any(row["classes"][h] >= 0 for h in self.used)]
        self.held_out = [row for row in rows if row["held_out"] and any(c >= 0 for c in row["classes"])]
        if not self.rows:
            sys.exit("No row of the data is there to train on: all are held out, or without a label.")

    def mine(self, rows):
        """This process's share. One that has none takes a row without its labels: all must take part in each step."""
        share = rows[self.accelerator.process_index :: self.accelerator.num_processes]
        return share or [{**rows[0], "classes": [-1] * len(HEADS)}]

    def look(self, model, rows, wanted):
        """Logits and classes of rows, by head."""
        encode, device = self.encoder.tokenizer, self.accelerator.device
        limit = self.encoder.max_seq_length
        tokens = encode([self.prompt + row["text"] for row in rows], padding=True, truncation=True, max_length=limit, return_tensors="pt")
        logits = model(dict(tokens.to(device)), wanted)
        return {h: (logits[h].float(), torch.tensor([row["classes"][h] for row in rows], device=device)) for h in wanted}

    def update(self, group):
        """One update from the batches of a group. Returns each head's loss: the mean over its labelled rows, and over batches."""
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        sums = torch.zeros(len(group), len(HEADS), device=self.accelerator.device)
        counts = torch.tensor([[sum(row["classes"][h] >= 0 for row in batch) for h in range(len(HEADS))] for batch in group])
        for b, batch in enumerate(group):
            wanted = [h for h in self.used if counts[b, h] > 0]
            learning = [self.plain.transformer, *(self.plain.heads[h] for h in wanted)]
            learns = any(p.requires_grad for module in learning for p in module.parameters())
            seen, loss = self.look(self.model if learns else self.plain, self.mine(batch), wanted), 0
            for h, (logits, classes) in seen.items():
                total = F.cross_entropy(logits, classes, ignore_index=-1, reduction="sum")
                sums[b, h] = total.detach()
                # Processes average their gradients: times their number it is the sum over the whole batch.
                loss = loss + total * (HEADS[h]["task_weight"] * self.accelerator.num_processes / (counts[b, h].item() * len(group)))
            if learns:
                self.accelerator.backward(loss)
        if RUN["clip_norm"] is not None:
            self.accelerator.clip_grad_norm_([p for p in self.plain.parameters() if p.requires_grad], RUN["clip_norm"])
        self.optimizer.step()
        means = self.accelerator.reduce(sums, "sum").cpu() / counts
        return {HEADS[h]["name"]: means[counts[:, h] > 0, h].mean().item() for h in self.used if counts[:, h].any()}

    @torch.no_grad()
    def evaluate(self, step):
        """Loss, accuracy and macro F1 of each head that held-out rows have labels for."""
        wanted = [h for h in range(len(HEADS)) if any(row["classes"][h] >= 0 for row in self.held_out)]
        if not wanted:
            return
        self.plain.eval()
        device, mine = self.accelerator.device, self.mine(self.held_out)
        confusion = {h: torch.zeros(2 * [len(HEADS[h]["labels"])], device=device) for h in wanted}
        losses = torch.zeros(len(HEADS), device=device)
        for first in range(0, len(mine), 32):
            for h, (logits, classes) in self.look(self.plain, mine[first : first + 32], wanted).items():
                losses[h] += F.cross_entropy(logits, classes, ignore_index=-1, reduction="sum")
                told = classes >= 0
                pairs = (classes[told], logits.argmax(1)[told])
                confusion[h].index_put_(pairs, torch.ones(len(pairs[0]), device=device), accumulate=True)
        losses, found = self.accelerator.reduce(losses, "sum"), {}
        for h in wanted:
            table = self.accelerator.reduce(confusion[h], "sum")
            either = table.sum(0) + table.sum(1)
            f1 = (2 * table.diagonal() / either)[either > 0].mean()
            scores = {"loss": losses[h] / table.sum(), "accuracy": table.trace() / table.sum(), "macro_f1": f1}
            found[HEADS[h]["name"]] = {name: score.item() for name, score in scores.items()}
        self.tell({"step": step, "held_out": found})

    def train(self):
        per_epoch = math.ceil(len(batches(len(self.rows), 0)) / RUN["accumulate"])
        total, step = RUN["epochs"] * per_epoch, 0
        self.evaluate(step)
        for epoch in range(RUN["epochs"]):
            order = batches(len(self.rows), epoch)
            for first in range(0, len(order), RUN["accumulate"]):
                factor = rate_factor(step, total)
                for group in self.optimizer.param_groups:
                    group["lr"] = group["rate"] * factor
                losses = self.update([[self.rows[i] for i in batch] for batch in order[first : first + RUN["accumulate"]]])
                loss, step = sum(head["task_weight"] * losses.get(head["name"], 0) for head in HEADS), step + 1
                self.tell({"step": step, "of": total, "epoch": epoch + 1, "loss": loss, "losses": losses})
                if step % per_epoch == 0 or (RUN["evaluate_every"] and step % RUN["evaluate_every"] == 0):
                    self.evaluate(step)

    def tell(self, event):
        self.log.append(event)
        self.accelerator.print(json.dumps(event), flush=True)

    def save(self, out, data):
        """The layout of the folder that the tab saves, with this file and its data."""
        self.encoder.save_pretrained(str(out), create_model_card=False)
        config = out / "config_sentence_transformers.json"
        noted = {**json.loads(config.read_text("utf-8")), "tabgrad": {"version": RUN["tabgrad"], "heads": "heads/index.json"}}
        for head, layer in zip(HEADS, self.plain.heads):
            folder = out / "heads" / head["folder"]
            folder.mkdir(parents=True)
            save_file({name: value.detach().cpu().contiguous() for name, value in layer.named_parameters()}, folder / "model.safetensors")
            facts = {**{key: head[key] for key in ("name", "labels", "pooling")}, "tabgrad": RUN["tabgrad"]}
            (folder / "config.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
        index = [{"name": head["name"], "folder": head["folder"]} for head in HEADS]
        (out / "heads" / "index.json").write_text(json.dumps(index, indent=2) + "\n", "utf-8")
        config.write_text(json.dumps(noted, indent=2) + "\n", "utf-8")
        (out / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in self.log), "utf-8")
        for source, name in ((HERE / "predict.py", "predict.py"), (Path(__file__), "train.py"), (data, "data.csv")):
            if source.exists():
                shutil.copyfile(source, out / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE / "data.csv")
    parser.add_argument("--from", dest="base", help=f"begin with this model, folder or hub id ({RUN['base_model'] or 'not known'})")
    parser.add_argument("--out", type=Path, default=Path("trained"), help="new folder for the model")
    args = parser.parse_args()
    if args.out.exists():
        sys.exit(f"{args.out} exists. Choose another folder with --out.")
    if not args.data.exists():
        sys.exit(f"{args.data} is not there. Say with --data where the examples are.")
    if args.base is None and not (HERE / "modules.json").exists():
        sys.exit("This file is in no model's folder. Say with --from which model to begin with.")
    rows = read_rows(args.data)
    some_unused = any(head["task_weight"] == 0 for head in HEADS) or any(c < 0 for row in rows for c in row["classes"])
    accelerator = Accelerator(kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=some_unused)])
    torch.manual_seed(RUN["seed"] + accelerator.process_index)
    with accelerator.main_process_first():
        encoder = SentenceTransformer(args.base or str(HERE), device=str(accelerator.device)).float()
    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = RUN["dropout"]
    width, weights = encoder[0].auto_model.config.hidden_size, []
    for head in HEADS:
        saved = saved_weights(head) if args.base is None or head["seed"] is None else None
        if saved is None and head["seed"] is None:
            sys.exit(f"How the head {head['name']!r} began is not known, and it is not in this file's folder.")
        weights.append(saved or first_weights(head, width))
    run = Run(accelerator, encoder, weights, rows)
    run.train()
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        run.save(args.out, args.data)
        print(f"Saved to {args.out}.")
    accelerator.end_training()


if __name__ == "__main__":
    main()
