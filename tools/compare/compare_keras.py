#!/usr/bin/env python3
"""Holds `reszoo convert` of Keras's files, and of what tf2onnx makes of its networks, against Keras: its six ResNets with seeded weights.

usage: compare_keras.py BINARY [--nets ResNet50,…] [--forms keras,h5,weights.h5,onnx]

For each net and form: the file is converted, and the logits of `reszoo run --exact` are compared with Keras's own for the same noise. Prints
the largest difference over the largest logit; exits with 1 when a file is refused or a difference is more than 1e-5. Needs tensorflow,
keras, tf2onnx, onnx and numpy."""
import argparse
import os
import subprocess
import sys
import tempfile

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
import tf2onnx

NETS = "ResNet50 ResNet101 ResNet152 ResNet50V2 ResNet101V2 ResNet152V2".split()
FORMS = "keras h5 weights.h5 onnx".split()
LIMIT = 1e-5


def network(name):
    """A net with seeded weights, and norms under which a hundred layers are well-conditioned."""
    keras.utils.set_random_seed(1)
    net = getattr(keras.applications, name)(weights=None, input_shape=(224, 224, 3))
    generator = np.random.default_rng(0)
    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            scale, shift, mean, variance = layer.get_weights()
            layer.set_weights([generator.uniform(0.3, 0.8, scale.shape), generator.normal(0, 0.1, shift.shape),
                               generator.normal(0, 0.1, mean.shape), generator.uniform(0.5, 1.5, variance.shape)])
    head = net.layers[-1]
    weights, bias = head.get_weights()
    head.set_weights([generator.normal(0, 0.05, weights.shape), generator.normal(0, 0.1, bias.shape)])
    return net


def save(net, form, path):
    if form == "onnx":
        signature = (tf.TensorSpec((None, 224, 224, 3), tf.float32, name="input"),)
        net.output_names = ["predictions"]
        tf2onnx.convert.from_function(tf.function(net, input_signature=signature), input_signature=signature, opset=13,
                                      output_path=path)
    elif form == "weights.h5":
        net.save_weights(path)
    else:
        net.save(path)


def check(binary, name, form, net, noise, logits, folder):
    path = lambda file: os.path.join(folder, file)
    # The file's name shall say nothing of the network.
    save(net, form, path("net." + form))
    for command in (["convert", path("net." + form), "--output", path(form + ".rzoo")],
                    ["run", path(form + ".rzoo"), "--input", path("x.npy"), "--output", path("y.npy"), "--exact"]):
        done = subprocess.run([binary, *command], capture_output=True, text=True)
        if done.returncode:
            return f"refused: {done.stderr.strip()[-400:]}", False
    difference = float(np.abs(np.load(path("y.npy")) - logits).max() / np.abs(logits).max())
    os.remove(path("y.npy"))
    return f"{difference:.1e}", difference <= LIMIT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--nets", default=",".join(NETS))
    parser.add_argument("--forms", default=",".join(FORMS))
    options = parser.parse_args()
    failures = 0
    for name in options.nets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            net = network(name)
            noise = np.random.default_rng(3).standard_normal((2, 224, 224, 3)).astype(np.float32)
            np.save(os.path.join(folder, "x.npy"), noise.transpose(0, 3, 1, 2).copy())
            features = keras.Model(net.input, net.layers[-2].output)(noise).numpy()
            weights, bias = net.layers[-1].get_weights()
            logits = features @ weights + bias
            for form in options.forms.split(","):
                words, is_right = check(options.binary, name, form, net, noise, logits, folder)
                failures += not is_right
                print(f"{name:12} {form:11} {words}", flush=True)
    print(f"{failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
