#!/usr/bin/env python3
"""Throughput and memory of the server beside LitServe with ONNX Runtime, Pillow and torchvision's transforms, on the same JPEG files and network.

    tools/server/measure_peers.py RESZOO SERVER MODEL IMAGE... [--seconds 20] [--clients 16]

The rounds take turns. Needs litserve, onnxruntime, pillow and torchvision for the Python that runs it.
"""
import base64
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from load import arguments, closed_loop, read
from process import Server

PEER = '''
import base64, io, sys
import litserve, numpy, onnxruntime, torch
from PIL import Image
from torchvision import transforms

class Classifier(litserve.LitAPI):
    def setup(self, device):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        self.prepare = transforms.Compose([
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
        torch.set_num_threads(1)

    def decode_request(self, request):
        image = Image.open(io.BytesIO(base64.b64decode(request["image"]))).convert("RGB")
        return self.prepare(image).numpy()

    def batch(self, inputs): return numpy.stack(inputs)
    def predict(self, batch): return self.session.run(None, {"input": batch if batch.ndim == 4 else batch[None]})[0]
    def unbatch(self, output): return list(output)
    def encode_response(self, output): return {"class": int(numpy.argmax(output))}

if __name__ == "__main__":
    server = litserve.LitServer(Classifier(max_batch_size=8, batch_timeout=0.005), accelerator="cpu", workers_per_device=WORKERS)
    server.run(port=PORT, host="127.0.0.1", generate_client_file=False, log_level="warning")
'''


def wait_until_healthy(port, seconds=120):
    for _ in range(seconds):
        try:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            link.request("GET", "/health")
            if link.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(1)
    raise SystemExit("LitServe does not become healthy")


def group_memory(group):
    """Bytes that the processes of a group have for themselves and their share of the rest."""
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.getpgid(int(name)) == group:
                    with open(f"/proc/{name}/smaps_rollup") as file:
                        total += next(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
            except (OSError, StopIteration):
                pass
    return total


def main():
    given = arguments(__doc__.split("\n")[0], seconds=20, rounds=2)
    bodies = [read(path) for path in given.images]
    coded = [json.dumps({"image": base64.b64encode(body).decode()}) for body in bodies]
    with tempfile.TemporaryDirectory() as folder, Server(given.server, given.model) as server:
        onnx = os.path.join(folder, "net.onnx")
        subprocess.run([given.reszoo, "export", given.model, "--output", onnx, "--fold", "--quiet"], check=True)
        best = {}
        for workers, threads in ((1, os.cpu_count()), (os.cpu_count(), 1)):
            port = 18000 + workers
            script = os.path.join(folder, f"peer{workers}.py")
            with open(script, "w") as file:
                file.write(PEER.replace("MODEL", repr(onnx)).replace("THREADS", str(threads)).replace(
                    "WORKERS", str(workers)).replace("PORT", str(port)))
            peer = subprocess.Popen([sys.executable, script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            try:
                wait_until_healthy(port)
                ratios = []
                for turn in range(given.rounds):
                    theirs, _ = closed_loop(
                        port, "/predict", coded, given.clients, given.seconds, {"Content-Type": "application/json"})
                    ours, _ = closed_loop(server.port, "/classify", bodies, given.clients, given.seconds)
                    ratios.append(ours / theirs)
                    print(f"LitServe, {workers} workers of {threads} threads: {theirs:.1f} images a second; reszoo: {ours:.1f}", flush=True)
                memory = group_memory(os.getpgid(peer.pid))
                name = os.path.basename(given.server)
                print(f"ratio {statistics.median(ratios):.2f}; memory {memory >> 20} MiB and {server.memory() >> 20} MiB, a share of "
                      f"{server.memory() / memory:.2f}; {name} with {given.clients} clients", flush=True)
            finally:
                os.killpg(os.getpgid(peer.pid), signal.SIGKILL)
                peer.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
