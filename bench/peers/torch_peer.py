"""PyTorch: on CUDA where there is one, else on the CPU. Speaks the protocol of harness.mjs."""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F

folder = sys.argv[1]
with open(os.path.join(folder, "spec.json"), encoding="utf-8") as file:
    spec = json.load(file)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# float32 as everybody else computes it.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
blocks = [[f"block{i + 1}_conv{j + 1}" for j in range(n)] for i, n in enumerate([2, 2, 3, 3, 3])]


def read(name, rows=None):
    entry = spec["tensors"][name]
    shape = entry["shape"] if rows is None else [rows, *entry["shape"][1:]]
    count = torch.Size(shape).numel()
    path = os.path.join(folder, "data.bin")
    flat = torch.from_file(path, size=entry["offset"] + count, dtype=torch.float32)
    return flat[entry["offset"] :].reshape(shape).clone()


def convolutions():
    return {
        name: (read(f"{name}/kernel").permute(3, 2, 0, 1).contiguous().to(device), read(f"{name}/bias").to(device))
        for names in blocks
        for name in names
    }


def classifier():
    return [read(n).to(device).requires_grad_() for n in ("hidden/kernel", "hidden/bias", "output/kernel", "output/bias")]


def base(weights, x):
    for names in blocks:
        for name in names:
            x = F.relu(F.conv2d(x, *weights[name], padding=1))
        x = F.max_pool2d(x, 2)
    return x.permute(0, 2, 3, 1)


def images(batch):
    return read("pictures", batch).permute(0, 3, 1, 2).contiguous()


def logits(head, x, dropout=0.0):
    kernel, bias, out_kernel, out_bias = head
    h = F.dropout(F.relu(torch.addmm(bias, x, kernel)), dropout)
    return torch.addmm(out_bias, h, out_kernel).reshape(-1)


class RMSprop:
    """Keras's: epsilon inside the root, which torch.optim.RMSprop has outside."""

    def __init__(self, weights):
        self.weights = weights
        self.squares = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def step(self, gradients):
        torch._foreach_mul_(self.squares, 0.9)
        torch._foreach_addcmul_(self.squares, gradients, gradients, 0.1)
        roots = torch._foreach_sqrt(torch._foreach_add(self.squares, 1e-7))
        torch._foreach_addcdiv_(self.weights, gradients, roots, -spec["learningRate"])


def train(optimizer, loss):
    optimizer.step(torch.autograd.grad(loss, optimizer.weights))
    return loss.detach()


def forward(batch):
    weights, x = convolutions(), images(batch)

    @torch.no_grad()
    def run():
        return base(weights, x.to(device)).cpu()

    return run


def head(dropout):
    weights = classifier()
    optimizer = RMSprop(weights)
    x, y, size = read("features"), read("labels"), spec["headBatch"]

    def on(rows):
        loss = F.binary_cross_entropy_with_logits(logits(weights, x[rows].to(device), dropout), y[rows].to(device))
        return train(optimizer, loss)

    def epoch():
        order = torch.randperm(len(x))
        for start in range(0, len(x), size):
            loss = on(order[start : start + size])
        return loss.item()

    return (lambda i: on(slice(i * size, (i + 1) * size)).item()), epoch


def grafted(trains, batch):
    weights, top = convolutions(), classifier()
    trained = [w for name in weights if trains == "block5" and name.startswith("block5") for w in weights[name]]
    for w in trained:
        w.requires_grad_()
    optimizer = RMSprop([*trained, *top])
    x, y = images(batch), read("labels", batch)

    def step():
        features = base(weights, x.to(device)).reshape(batch, -1)
        return train(optimizer, F.binary_cross_entropy_with_logits(logits(top, features), y.to(device))).item()

    return step


def repeat(run):
    budget, times, start = spec["budget"], [], time.perf_counter()
    run()
    while True:
        before = time.perf_counter()
        run()
        now = time.perf_counter()
        times.append(1000 * (now - before))
        if len(times) < budget["wantedRuns"]:
            goes_on = now - start < 2 * budget["seconds"]
        else:
            goes_on = len(times) < budget["maxRuns"] and now - start < budget["seconds"]
        if not goes_on:
            return times


def run_job(job):
    if job["kind"] == "first":
        features = forward(1)()
        return [1000 * time.time() - float(os.environ["WGRAFT_BENCH_START"])], features.flatten().tolist()
    if job["kind"] == "forward":
        run = forward(job["batch"])
        return repeat(run), run().flatten().tolist()
    if job["kind"] == "head":
        step, _ = head(0.0)
        losses = [step(i) for i in range(3)]
        return repeat(head(0.5)[1]), losses
    step, losses = grafted(job["trains"], job["batch"]), []
    return repeat(lambda: losses.append(step())), losses[:3]


def say(line):
    print(json.dumps(line), flush=True)


name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
say({"versions": {"pytorch": f"{torch.__version__} on {name}"}})
try:
    times, outputs = run_job(json.loads(os.environ["WGRAFT_BENCH_JOB"]))
    say({"times": times, "outputs": outputs})
except Exception as error:
    say({"failure": str(error).split("\n")[0]})
