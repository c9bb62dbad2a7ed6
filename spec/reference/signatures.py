"""§12 of FORMAT.md: signatures."""

import base64
import hashlib

import ed25519
from basics import Fields, require

SIGNATURE_LIMIT, ED25519 = 16, 1

def read_signatures(data, at):
    """Pairs of algorithm and public key, and the signature by it."""
    fields, signatures = Fields(data, "S1 badSignatures", "S2 badSignatures", at), []
    for _ in range(fields.take(1)[0]):
        algorithm, key, value = fields.take(3)
        signatures.append(((algorithm, fields.take(key)), fields.take(value)))
    fields.end()
    require(1 <= len(signatures) <= SIGNATURE_LIMIT, "S3 badSignatures", at, f"{len(signatures)} signatures")
    before = (0, b"")
    for (algorithm, key), value in signatures:
        require(algorithm != 0, "S4 badSignatures", at, "algorithm 0")
        require(algorithm != ED25519 or (len(key), len(value)) == (32, 64), "S5 badSignatures", at, "lengths of an Ed25519 signature")
        require(before < (algorithm, key), "S6 badSignatures", at, "signatures out of order")
        before = algorithm, key
    return signatures

PREFIX = bytes.fromhex("302a300506032b6570032100")  # of an Ed25519 SubjectPublicKeyInfo, RFC 8410

def read_key(text):
    """A public key as text, §12.3: 64 hexadecimal digits, or SubjectPublicKeyInfo in PEM."""
    lines = [line for line in text.replace("\r", "\n").split("\n") if line]
    digits = lines[0].replace(" ", "").replace("\t", "") if len(lines) == 1 else ""
    if len(digits) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
        key = bytes.fromhex(digits)
    else:
        begin, end = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
        block = text[max(text.find("-----BEGIN "), 0):]
        require(block.startswith(begin) and end in block, "Q1 badKey", None, "no public key")
        content = block[len(begin):block.index(end)]
        try:
            key = base64.b64decode("".join(c for c in content if c not in " \t\r\n"), validate=True)
        except ValueError:
            key = b""
        require(len(key) == 44 and key.startswith(PREFIX), "Q1 badKey", None, "no Ed25519 key")
        key = key[12:]
    require(ed25519.is_sound(key), "Q1 badKey", None, "no point of the curve that signs")
    return key

def check_signatures(checkpoint, wanted):
    """Checks each signature against the key beside it, and whether one is by the key `wanted`."""
    documents = (checkpoint.architecture, checkpoint.metadata)
    message = b"reszoo signature 1\n" + b"".join(hashlib.sha256(data).digest() for data in documents)
    message += checkpoint.header.content_root
    known = {key: value for (algorithm, key), value in checkpoint.signatures or [] if algorithm == ED25519}
    for key, value in known.items():
        require(ed25519.verifies(key, message, value), "G1 signatureMismatch", None, f"not signed by {key.hex()}")
    if wanted is not None:
        require(checkpoint.signatures, "G2 unsigned", None, "no signature")
        require(known, "G3 unknownSignatureAlgorithm", None, "no signature of a known algorithm")
        require(wanted in known, "G4 wrongKey", None, "signed by others")
    return list(known)
