#!/usr/bin/env python3
"""Throughput and memory of the server beside LitServe and MLServer, both with ONNX Runtime, Pillow and torchvision's transforms, on the same JPEG files
and network.

    tools/server/measure_peers.py RESZOO SERVER MODEL IMAGE... [--seconds 20] [--clients 16] [--rounds 2] [--mlserver PYTHON]

The rounds take turns. Needs litserve, onnxruntime, pillow and torchvision for the Python that runs it; --mlserver names a Python that has mlserver, with
uvloop below 0.22, and the last three.
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

from load import argument_parser, closed_loop, read
from process import Server

NETWORK = '''
import base64, io
import numpy, onnxruntime, torch
from PIL import Image
from torchvision import transforms

class Network:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        self.transform = transforms.Compose([
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
        torch.set_num_threads(1)

    def prepare(self, data): return self.transform(Image.open(io.BytesIO(data)).convert("RGB")).numpy()
    def run(self, batch): return self.session.run(None, {"input": batch})[0]
'''

LITSERVE = NETWORK + '''
import litserve

class Classifier(litserve.LitAPI):
    def setup(self, device): self.network = Network()
    def decode_request(self, request): return self.network.prepare(base64.b64decode(request["image"]))
    def batch(self, inputs): return numpy.stack(inputs)
    def predict(self, batch): return self.network.run(batch if batch.ndim == 4 else batch[None])
    def unbatch(self, output): return list(output)
    def encode_response(self, output): return {"class": int(numpy.argmax(output))}

if __name__ == "__main__":
    server = litserve.LitServer(Classifier(max_batch_size=8, batch_timeout=0.005), accelerator="cpu", workers_per_device=WORKERS)
    server.run(port=PORT, host="127.0.0.1", generate_client_file=False, log_level="warning")
'''

MLSERVER = NETWORK + '''
from mlserver import MLModel
from mlserver.codecs import Base64Codec, NumpyCodec
from mlserver.types import InferenceResponse

class Classifier(MLModel):
    async def load(self):
        self.network = Network()
        return True

    async def predict(self, payload):
        images = [self.network.prepare(data) for data in Base64Codec.decode_input(payload.inputs[0])]
        classes = numpy.argmax(self.network.run(numpy.stack(images)), axis=1)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("class", classes)])
'''


class Peer:
    """Another server, with so many workers of so many threads."""

    def __init__(self, folder, model, workers, threads):
        self.folder = os.path.join(folder, f"{type(self).__name__}{workers}")
        self.port = 18000 + 10 * workers
        os.makedirs(self.folder)
        script = os.path.join(self.folder, "peer.py")
        with open(script, "w") as file:
            file.write(self.script.replace("MODEL", repr(model)).replace("THREADS", str(threads)).replace(
                "WORKERS", str(workers)).replace("PORT", str(self.port)))
        self.process = subprocess.Popen(
            self.command(workers), cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def wait_until_ready(self, body, seconds=120):
        for _ in range(seconds):
            try:
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                link.request("POST", self.path, body=body, headers=HEADERS)
                if link.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(1)
        raise SystemExit(f"{type(self).__name__} does not become ready")

    def memory(self):
        """Bytes that its processes have for themselves and their share of the rest."""
        total = 0
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getsid(int(name)) == self.process.pid:
                    with open(f"/proc/{name}/smaps_rollup") as file:
                        total += next(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
            except (OSError, StopIteration):
                pass
        return total

    def pause(self, paused):
        """Stops its processes: those of some servers look for work all the time, which would slow the other one."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getsid(int(name)) == self.process.pid:
                    os.kill(int(name), signal.SIGSTOP if paused else signal.SIGCONT)
            except OSError:
                pass

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class LitServe(Peer):
    script, path = LITSERVE, "/predict"

    @staticmethod
    def body(image):
        return json.dumps({"image": image})

    def command(self, workers):
        return [sys.executable, "peer.py"]


class MLServer(Peer):
    script, path = MLSERVER, "/v2/models/net/infer"
    python = None

    @staticmethod
    def body(image):
        return json.dumps({"inputs": [{
            "name": "image", "datatype": "BYTES", "shape": [1], "data": [image], "parameters": {"content_type": "base64"}}]})

    def command(self, workers):
        self.write("model-settings.json", {
            "name": "net", "implementation": "peer.Classifier", "max_batch_size": 8, "max_batch_time": 0.005})
        self.write("settings.json", {
            "host": "127.0.0.1", "http_port": self.port, "grpc_port": self.port + 1, "metrics_port": self.port + 2,
            "parallel_workers": workers})
        return [self.python, "-c", "from mlserver.cli import main; main()", "start", "."]

    def write(self, name, settings):
        with open(os.path.join(self.folder, name), "w") as file:
            json.dump(settings, file)


HEADERS = {"Content-Type": "application/json"}


def main():
    parser = argument_parser(__doc__.split("\n\n")[0], seconds=20, rounds=2)
    parser.add_argument("--mlserver", metavar="PYTHON")
    given = parser.parse_args()
    MLServer.python = given.mlserver
    bodies = [read(path) for path in given.images]
    coded = [base64.b64encode(body).decode() for body in bodies]
    with tempfile.TemporaryDirectory() as folder, Server(given.server, given.model) as server:
        onnx = os.path.join(folder, "net.onnx")
        subprocess.run([given.reszoo, "export", given.model, "--output", onnx, "--fold", "--quiet"], check=True)
        for kind in [LitServe] + [MLServer] * bool(given.mlserver):
            requests = [kind.body(image) for image in coded]
            for workers, threads in ((1, os.cpu_count()), (os.cpu_count(), 1)):
                peer = kind(folder, onnx, workers, threads)
                try:
                    peer.wait_until_ready(requests[0])
                    ratios = []
                    for _ in range(given.rounds):
                        theirs, _ = closed_loop(peer.port, peer.path, requests, given.clients, given.seconds, HEADERS)
                        peer.pause(True)
                        ours, _ = closed_loop(server.port, "/classify", bodies, given.clients, given.seconds)
                        peer.pause(False)
                        ratios.append(ours / theirs)
                        print(f"{kind.__name__}, {workers} workers of {threads} threads: {theirs:.1f} images a second; reszoo: {ours:.1f}",
                              flush=True)
                    memory = peer.memory()
                    print(f"ratio {statistics.median(ratios):.2f} with {given.clients} clients; memory {memory >> 20} MiB and "
                          f"{server.memory() >> 20} MiB, a share of {server.memory() / memory:.2f}", flush=True)
                finally:
                    peer.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
