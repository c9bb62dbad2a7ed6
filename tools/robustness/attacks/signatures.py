"""Attacks on signatures and keys: a changed model must not pass as signed, and a key is never lost, shown or replaced."""

import hashlib
import os
import stat
import struct

from . import forge
from .forge import Parts, sign
from .harness import Group, require

GROUP = Group("signatures")
ORDER = 2**252 + 27742317777372353535851937790883648493
SEED = bytes(range(32))
# Encodings of the points of small order, with which one signature fits many files.
SMALL = ["01" + "00" * 31, "ec" + "ff" * 30 + "7f", "00" * 32, "00" * 31 + "80",
         "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
         "ee" + "ff" * 30 + "7f", "01" + "00" * 30 + "80"]


def refused(place, data, says, code=65, key="key.pub"):
    """A file that `verify` refuses with and without the key, and whose classes nobody gets with it."""
    place.put("forged.rzoo", data)
    result = place.expect(code, "verify", "forged.rzoo", "--public-key", place.kit.path(key), says=says, out_never="signed by")
    place.expect(code, "classify", "forged.rzoo", place.kit.path("photo.png"), "--public-key", place.kit.path(key))
    return result


def signed(place):
    return Parts(place.kit.read("signed.rzoo"))


def message(parts):
    return b"reszoo signature 1\n" + hashlib.sha256(parts.content("arch")).digest() + hashlib.sha256(parts.content("meta")).digest() + parts.root


def malleable(parts):
    """The signature with the group's order added to its number: the same equation holds."""
    algorithm, key, value = parts.signatures()[0]
    number = int.from_bytes(value[32:], "little") + ORDER
    return parts.sign_with([(algorithm, key, value[:32] + number.to_bytes(32, "little"))])


def other_root(parts):
    parts.root = bytes([parts.root[0] ^ 1]) + parts.root[1:]
    return parts


CHANGES = [
    ("one byte of a label", lambda p: p.edit("meta", labels=["ant", "bee", "cap"]), "signature"),
    ("white space in the metadata", lambda p: p.replace("meta", p.content("meta")[:1] + b" " + p.content("meta")[1:]), "signature"),
    ("white space in the architecture", lambda p: p.replace("arch", p.content("arch")[:1] + b" " + p.content("arch")[1:]), "signature"),
    ("the epsilon of the norms", lambda p: p.edit("arch", normalization={"epsilon": 0.5}), "signature"),
    ("another member of the metadata", lambda p: p.edit("meta", more=1), "signature"),
    ("the root in the header", other_root, "content root"),
    ("the order of the group added to a signature", malleable, "signature"),
    ("a bit of a signature", lambda p: p.sign_with([(a, k, v[:-1] + bytes([v[-1] ^ 1])) for a, k, v in p.signatures()]), "signature"),
    ("all signatures taken away", lambda p: p.sign_with([]), "is not signed"),
    ("the signature under another key", lambda p: p.sign_with([(1, sign(SEED, b"")[0], p.signatures()[0][2])]), "signature"),
    ("the key's signature as one of an unknown algorithm", lambda p: p.sign_with([(9, k, v) for _, k, v in p.signatures()]), "algorithm 9"),
    ("a bad signature of a stranger beside the good one",
     lambda p: p.sign_with(p.signatures() + [(1, sign(SEED, b"x")[0], sign(SEED, b"x")[1])]), "signature"),
    ("a good signature of a stranger in place of the key's", lambda p: p.sign_with([(1, *sign(SEED, message(p)))]), "not by the key"),
    ("a key of small order in the file", lambda p: p.sign_with(p.signatures() + [(1, bytes.fromhex(SMALL[0]), bytes.fromhex(SMALL[0]) + bytes(32))]),
    "signature"),
]


@GROUP.attack_each("{}", [row for row in CHANGES])
def change(place, _, edit, says):
    refused(place, edit(signed(place)).data(), says)


@GROUP.attack("the weights of another model under the signed root")
def other_weights(place):
    place.make("convert", place.kit.path("signed.rzoo"), "--codec", "none", "--output", "plain.rzoo")
    refused(place, forge.with_other_weight(place.read("plain.rzoo")), "content root")


@GROUP.attack("a forged file is not signed again")
def signed_forgery(place):
    place.make("convert", place.kit.path("signed.rzoo"), "--codec", "none", "--output", "plain.rzoo")
    forged = place.put("forged.rzoo", forge.with_other_weight(place.read("plain.rzoo")))
    before = place.read("forged.rzoo")
    place.expect(65, "sign", forged, "--key", place.kit.path("other.pem"), says="content root")
    require(place.read("forged.rzoo") == before, "the file was changed")


@GROUP.attack("an unknown algorithm beside a good signature")
def later_algorithm(place):
    parts = signed(place)
    place.put("both.rzoo", parts.sign_with(parts.signatures() + [(9, b"", b"")]).data())
    place.good("verify", "both.rzoo", "--public-key", place.kit.path("key.pub"), out="signed by")


@GROUP.attack("one of two signatures taken away")
def one_of_two(place):
    place.make("sign", place.kit.path("signed.rzoo"), "--key", place.kit.path("other.pem"), "--output", "both.rzoo")
    parts = Parts(place.read("both.rzoo"))
    key = bytes(parts.signatures()[0][1])
    for number in range(2):
        rest = Parts(place.read("both.rzoo"))
        rest.sign_with([rest.signatures()[number]])
        place.put("one.rzoo", rest.data())
        place.expect(0 if number == 0 else 65, "verify", "one.rzoo", "--public-key", key.hex())


@GROUP.attack("the wrong key")
def wrong_key(place):
    refused(place, place.kit.read("signed.rzoo"), "not by the key", key="other.pub")


@GROUP.attack_each("a key of small order, {}", [(text,) for text in SMALL])
def small_order(place, text):
    parts = signed(place)
    place.put("any.rzoo", parts.sign_with([(1, bytes.fromhex(text), bytes.fromhex(SMALL[0]) + bytes(32))]).data())
    place.put("small.pub", text)
    for key in (text, "small.pub"):
        place.expect((64, 65), "verify", "any.rzoo", "--public-key", key, out_never="signed by")
    place.expect(65, "verify", "any.rzoo", says="signature")


KEY_FILES = [("the private key", "key.pem", 65), ("an empty file", b"", 65), ("text", b"hello\n", 65), ("31 bytes of digits", b"ab" * 31, 65),
             ("no digits", b"xy" * 32, 65), ("a large file", b"A" * 200_000, 65), ("NULs", bytes(64), 65),
             ("digits on two lines", b"ab" * 16 + b"\n" + b"ab" * 16, 65),
             ("PEM cut off", b"-----BEGIN PUBLIC KEY-----\nMCow", 65),
             ("PEM of nothing", b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", 65)]


@GROUP.attack_each("as public key: {}", KEY_FILES)
def bad_key(place, _, content, code):
    key = place.kit.path(content) if isinstance(content, str) else place.put("key", content)
    place.expect(code, "verify", place.kit.path("signed.rzoo"), "--public-key", key, out_never="signed by", never="PRIVATE KEY-----")


@GROUP.attack_each("as a key: {}", [("/dev/zero",), (".",), ("fifo",), ("none",)])
def odd_key(place, what):
    os.mkfifo(place.path("fifo"))
    place.take("signed.rzoo")
    for arguments in (["verify", "signed.rzoo", "--public-key", what], ["sign", "signed.rzoo", "--key", what]):
        place.expect((65, 66), *arguments, seconds=1)
    require(place.read("signed.rzoo") == place.kit.read("signed.rzoo"), "the file was changed")


@GROUP.attack("a PEM on one line is a key")
def one_line(place):
    place.put("line.pub", place.kit.read("key.pub").replace(b"\n", b" "))
    place.good("verify", place.kit.path("signed.rzoo"), "--public-key", "line.pub", out="signed by")


@GROUP.attack("sections that no signature covers are named")
def riders(place):
    place.put("rider.rzoo", signed(place).replace("evil", b"x" * 100).data())
    place.good("verify", "rider.rzoo", "--public-key", place.kit.path("key.pub"), out=("signed by", "evil"))
    place.good("inspect", "rider.rzoo", out="evil")
    place.good("inspect", "rider.rzoo", "--json", out="evil")
    parts = signed(place)
    for number in range(59):
        parts.replace(f"e{number:03}", bytes(100_000))
    place.put("many.rzoo", parts.data())
    place.good("verify", "many.rzoo", "--public-key", place.kit.path("key.pub"), out=("signed by", "59 sections"), seconds=3)
    place.good("inspect", "many.rzoo", out="e058")


@GROUP.attack_each("'{}' keeps or drops signatures, and says so", [
    (["convert", "--codec", "none"], True), (["convert", "--dtype", "f16"], False), (["diff"], True)])
def kept(place, command, keeps):
    source = [place.kit.path("base.rzoo")] if command == ["diff"] else []
    outcome = place.good(command[0], *source, place.kit.path("signed.rzoo"), "--output", "new.rzoo", *command[1:])
    base = ["--base", place.kit.path("base.rzoo")] if command == ["diff"] else []
    place.expect(0 if keeps else 65, "verify", "new.rzoo", "--public-key", place.kit.path("key.pub"), *base)
    require(keeps or "signature" in outcome.err, f"the loss of the signature is not said: {outcome.shown()}")


@GROUP.attack("edit of a signed file without --drop-signature")
def edited(place):
    place.take("signed.rzoo")
    for option in (["--note", "x"], ["--label", "0=x"], ["--license", "MIT"], ["--remove", "labels"]):
        place.expect(65, "edit", "signed.rzoo", *option, says="--drop-signature")
        require(place.read("signed.rzoo") == place.kit.read("signed.rzoo"), "the file was changed")


# Keys


def mode(place, name):
    return stat.S_IMODE(os.lstat(place.path(name)).st_mode)


@GROUP.attack_each("keygen with umask {:o}", [(0,), (0o777,), (0o022,)])
def umask(place, mask):
    place.good("keygen", "--key", "k.pem", "--public-key", "k.pub", umask=mask)
    require(mode(place, "k.pem") in (0o600, 0o600 & ~mask), f"mode {mode(place, 'k.pem'):o}")


@GROUP.attack_each("keygen where {}", [
    ("the key is there",), ("the public key is there",), ("the key is a dangling link",), ("the public key is a dangling link",),
    ("both are one",), ("the second folder is missing",), ("the key is a fifo",), ("the key is a folder",)])
def taken(place, where):
    place.put("old", "precious")
    place.link("link", "elsewhere")
    os.mkfifo(place.path("fifo"))
    os.mkdir(place.path("folder"))
    pair = {"the key is there": ("old", "k"), "the public key is there": ("k", "old"), "the key is a dangling link": ("link", "k"),
            "the public key is a dangling link": ("k", "link"), "both are one": ("k", "k"), "the second folder is missing": ("k", "none/k"),
            "the key is a fifo": ("fifo", "k"), "the key is a folder": ("folder", "k")}[where]
    before = place.names()
    place.expect(73, "keygen", "--key", pair[0], "--public-key", pair[1])
    require(place.names() == before and place.read("old") == b"precious", f"{place.names()} instead of {before}")


@GROUP.attack("keygen where no file may grow")
def no_room(place):
    place.expect(74, "keygen", "--key", "k.pem", "--public-key", "k.pub", shell='ulimit -f 0; exec "$@"')
    require(place.names() == [], f"left {place.names()}")
    place.good("keygen", "--key", "k.pem", "--public-key", "k.pub")


@GROUP.attack("a private key is nowhere but in its file")
def secret(place):
    outcome = place.good("keygen", "--key", "k.pem", "--public-key", "k.pub", "--verbose")
    body = place.read("k.pem").split(b"\n")[1]
    place.take("base.rzoo")
    second = place.good("sign", "base.rzoo", "--key", "k.pem", "--verbose")
    third = place.expect(65, "verify", "base.rzoo", "--public-key", "k.pem")
    for text in (outcome.out, second.out, third.out, place.read("base.rzoo"), place.read("k.pub")):
        require(body not in text, "the private key is there")
    for text in (outcome.err, second.err, third.err):
        require(body.decode() not in text, "the private key is in a message")


@GROUP.attack("a signature list of impossible lengths")
def lengths(place):
    for content in (b"", b"\0", b"\1", b"\x11" + bytes(100), b"\1\1\xff\xff" + bytes(100), b"\1\0\0\0", b"\2\1\x20\x40" + bytes(96)):
        parts = signed(place)
        parts.replace("sign", content)
        refused(place, parts.data(), "")
    parts = signed(place)
    parts.replace("sign", bytes([255]) + bytes(16383))
    refused(place, parts.data(), "")


@GROUP.attack("names that read as a verdict")
def verdicts(place):
    key = signed(place).signatures()[0][1].hex()
    for name in (f"signed by {key}", f"signed by {key}: a.rzoo: sound", f"x.rzoo: sound, signed by {key}"):
        place.put(name + ".rzoo", place.kit.read("base.rzoo"))
        outcome = place.good("verify", name + ".rzoo")
        require(not any(line.startswith("signed by") for line in outcome.text.splitlines()), outcome.shown())
        place.expect(65, "verify", name + ".rzoo", "--public-key", key)
