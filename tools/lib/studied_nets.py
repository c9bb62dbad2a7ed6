"""The networks that the comparisons of studies know, and how they run the program."""
import subprocess
import sys

from variant_nets import cifar

NETS = {
    "cifar_resnet20": cifar("basic", [3] * 3, [16, 32, 64], shortcut="zero_pad"),
    "cifar_resnet56": cifar("basic", [9] * 3, [16, 32, 64], shortcut="zero_pad"),
    "cifar_plain20": cifar("basic", [3] * 3, [16, 32, 64], shortcut="none"),
    "cifar_preresnet20": cifar("preactivation_basic", [3] * 3, [16, 32, 64]),
}


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    return result.stdout
