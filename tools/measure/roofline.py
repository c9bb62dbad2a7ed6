#!/usr/bin/env python3
"""Makes the roofline page: each layer's time, speed, share of the machine's peak and engine, as a table and a plot.

usage: roofline.py BINARY OUTPUT_FOLDER [--nets resnet18,resnet50] [--batch 8] [--seconds 5]

Runs `reszoo init` and `reszoo bench --plan --json`, and writes roofline.md and one SVG for each net. Operations are those
of the layer as it is defined, two for each product; bytes are those of the feature maps and the packed weights, each
touched once. A layer above the roof multiplies less than its definition says (Winograd's algorithm), or keeps its numbers
in cache. Needs nothing but Python."""
import argparse, json, math, os, subprocess, sys, tempfile

COLOURS = {"winograd": "#0a7d4b", "product": "#1f5fbf", "rows": "#b3541e", "grouped": "#7a3fb0", "linear": "#777777"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 520, 70, 20, 50, 60


def call(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stderr}")
    return done.stdout


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return f"{names[0]}, {len(names)} processors" if names else "unknown"
    except OSError:
        return "unknown"


def table(record):
    yield "| layer | engine | output | multiply-adds | ms | GFLOP/s | of peak |"
    yield "|---|---|---|---:|---:|---:|---:|"
    for layer in record["layers"]:
        works = layer["multiply_adds"] > 0
        yield "| {} | {} | {} | {} | {:.3f} | {} | {} |".format(
            layer["name"], layer["engine"], "×".join(map(str, layer["output_shape"])),
            f"{layer['multiply_adds']:,}" if works else "", layer["ms"],
            f"{layer['gflops']:.0f}" if works else "", f"{layer['share_of_peak']:.0%}" if works else "")
    total = sum(layer["ms"] for layer in record["layers"])
    products = sum(layer["multiply_adds"] for layer in record["layers"])
    speed = products * record["batch"] * 2e-6 / total
    yield f"| **all** | | | {products:,} | {total:.3f} | {speed:.0f} | {speed / record['peak_gflops']:.0%} |"


def points(record):
    for layer in record["layers"]:
        if layer["multiply_adds"] == 0:
            continue
        operations = 2 * layer["multiply_adds"] * record["batch"]
        read = layer["weight_bytes"] + layer["activation_bytes"] * record["batch"]
        yield operations / read, layer


def plot(name, record):
    peak, bandwidth = record["peak_gflops"], record["peak_gigabytes_per_second"]
    data = list(points(record))
    low = 10 ** math.floor(math.log10(min([x for x, _ in data] + [peak / bandwidth / 4])))
    high = 10 ** math.ceil(math.log10(max(x for x, _ in data)))
    bottom = 10 ** math.floor(math.log10(min(layer["gflops"] for _, layer in data)))
    top = max(4 * peak, 1.2 * max(layer["gflops"] for _, layer in data))

    def across(x):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(x / low) / math.log(high / low)

    def down(y):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(y / bottom) / math.log(top / bottom)

    def text(x, y, words, anchor="middle", size=12, extra=""):
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{extra}>{words}</text>'

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           text(LEFT, 22, f"{name}, batch {record['batch']}: speed of each layer", "start", 16)]
    for decade in range(int(math.log10(low)), int(math.log10(high)) + 1):
        x = across(10 ** decade)
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        out.append(text(x, HEIGHT - BOTTOM + 18, f"{10.0 ** decade:g}"))
    value = bottom
    while value <= top:
        for step in (1, 2, 5):
            if value * step <= top:
                y = down(value * step)
                out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#eeeeee"/>')
                out.append(text(LEFT - 8, y + 4, f"{value * step:g}", "end"))
        value *= 10
    ridge = peak / bandwidth
    start = max(low, bottom / bandwidth)
    roof = f"M{across(start):.1f},{down(start * bandwidth):.1f} L{across(ridge):.1f},{down(peak):.1f} H{across(high):.1f}"
    out.append(f'<path d="{roof}" fill="none" stroke="#222222" stroke-width="2"/>')
    out.append(text(across(high) - 4, down(peak) - 6, f"peak {peak:.0f} GFLOP/s", "end"))
    out.append(text(across(start) + 6, down(start * bandwidth) - 8, f"memory {bandwidth:.0f} GB/s", "start"))
    longest = max(layer["ms"] for _, layer in data)
    for x, layer in data:
        radius = 3 + 9 * math.sqrt(layer["ms"] / longest)
        colour = COLOURS.get(layer["engine"], "#999999")
        words = f"{layer['name']}: {layer['ms']:.3f} ms, {layer['gflops']:.0f} GFLOP/s, {layer['engine']}"
        out.append(f'<circle cx="{across(x):.1f}" cy="{down(layer["gflops"]):.1f}" r="{radius:.1f}" fill="{colour}" '
                   f'fill-opacity="0.55" stroke="{colour}"><title>{words}</title></circle>')
    for index, engine in enumerate(sorted({layer["engine"] for _, layer in data})):
        x = LEFT + 110 * index
        out.append(f'<circle cx="{x + 6}" cy="38" r="5" fill="{COLOURS.get(engine, "#999999")}" fill-opacity="0.7"/>')
        out.append(text(x + 16, 42, engine, "start"))
    out.append(text(WIDTH / 2, HEIGHT - 18, "floating-point operations for each byte of feature maps and weights"))
    out.append(text(18, HEIGHT / 2, "GFLOP/s", extra=f' transform="rotate(-90 18 {HEIGHT / 2})"'))
    out.append(text(WIDTH - RIGHT, 22, "a circle's area is the layer's time", "end"))
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--nets", default="resnet18,resnet50")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    lines = ["# Where the time goes", "",
             "Made by `tools/measure/roofline.py`. Operations are those of the layer as it is defined, two for each product, so a",
             "layer whose engine multiplies less may exceed the peak. The peak is that of the product kernel on numbers that",
             "stay in the first-level cache; the memory's speed is that of reading.", "", f"Processor: {processor()}.", ""]
    with tempfile.TemporaryDirectory() as folder:
        for name in options.nets.split(","):
            model = os.path.join(folder, name + ".rzoo")
            call(options.binary, "init", name, "--output", model)
            record = json.loads(call(options.binary, "bench", model, "--plan", "--json", "--batch", options.batch,
                                     "--seconds", options.seconds))
            with open(os.path.join(options.folder, f"roofline-{name}.svg"), "w", encoding="utf-8") as file:
                file.write(plot(name, record))
            lines += [f"## {name}, batch {record['batch']}, {record['kernels']} kernels, peak "
                      f"{record['peak_gflops']:.0f} GFLOP/s, memory {record['peak_gigabytes_per_second']:.0f} GB/s", "",
                      f"![Speed of each layer of {name} over its operations for each byte](roofline-{name}.svg)", ""]
            lines += list(table(record)) + [""]
    with open(os.path.join(options.folder, "roofline.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()
