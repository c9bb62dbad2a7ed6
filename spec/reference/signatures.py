"""§12 of FORMAT.md: signatures."""

import base64
import hashlib

import ed25519
from basics import Fields, require

SIGNATURE_LIMIT, ED25519 = 16, 1

def read_signatures(data, at):
    """Pairs of algorithm and public key, and the signature by it."""
    bad, fields, signatures = "badSignatures", Fields(data, "badSignatures", at), []
    for _ in range(fields.take(1)[0]):
        algorithm, key, value = fields.take(3)
        signatures.append(((algorithm, fields.take(key)), fields.take(value)))
    fields.end()
    require(1 <= len(signatures) <= SIGNATURE_LIMIT, bad, at, f"{len(signatures)} signatures")
    before = (0, b"")
    for (algorithm, key), value in signatures:
        require(algorithm != 0, bad, at, "algorithm 0")
        require(algorithm != ED25519 or (len(key), len(value)) == (32, 64), bad, at, "lengths of an Ed25519 signature")
        require(before < (algorithm, key), bad, at, "signatures out of order")
        before = algorithm, key
    return signatures

def read_key(text):
    """A public key in 64 hexadecimal digits, or in PEM as RFC 8410 has it."""
    try:
        if len(text) == 64:
            return strong(bytes.fromhex(text))
        lines = text.split("\n")
        key = base64.b64decode("".join(lines[lines.index("-----BEGIN PUBLIC KEY-----") + 1:lines.index("-----END PUBLIC KEY-----")]))
    except ValueError:
        key = b""
    require(len(key) == 44 and key.startswith(bytes.fromhex("302a300506032b6570032100")), "badKey", None, "no public key")
    return strong(key[12:])

def strong(key):
    """A key that says something of a signer."""
    require(not ed25519.is_weak(key), "badKey", None, "a point of small order")
    return key

def check_signatures(checkpoint, text):
    """Checks each signature against the key beside it, and whether one is by the key in `text`."""
    wanted = None if text is None else read_key(text)
    documents = (checkpoint.architecture, checkpoint.metadata)
    message = b"reszoo signature 1\n" + b"".join(hashlib.sha256(data).digest() for data in documents)
    message += checkpoint.header.content_root
    known = {key: value for (algorithm, key), value in checkpoint.signatures or [] if algorithm == ED25519}
    for key, value in known.items():
        require(ed25519.verifies(key, message, value), "signatureMismatch", None, f"not signed by {key.hex()}")
    if wanted is not None:
        require(checkpoint.signatures, "unsigned", None, "no signature")
        require(known, "unknownSignatureAlgorithm", None, "no signature of a known algorithm")
        require(wanted in known, "wrongKey", None, "signed by others")
    return list(known)
