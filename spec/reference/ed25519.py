"""Signatures of RFC 8032, section 5.1 (Ed25519), checked in plain Python."""

import hashlib

PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_1 = pow(2, (PRIME - 1) // 4, PRIME)

def add(a, b):
    """The sum of two points, each (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z."""
    minus, plus = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    t, z = 2 * D * a[3] * b[3], 2 * a[2] * b[2]
    e, f, g, h = plus - minus, z - t, z + t, plus + minus
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME

def multiply(factor, point):
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result

def encode(point):
    inverse = pow(point[2], -1, PRIME)
    x, y = point[0] * inverse % PRIME, point[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")

def decode(text):
    """The point that 32 bytes stand for; None when there is none."""
    number = int.from_bytes(text, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * ROOT_OF_MINUS_1 % PRIME
    if y >= PRIME or x * x % PRIME != square or x == 0 and sign:
        return None
    x = x if x & 1 == sign else PRIME - x
    return x, y, 1, x * y % PRIME

BASE = decode((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))

def challenge(commitment, key, message):
    return int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little") % ORDER

def is_sound(key):
    """Whether a key is the canonical encoding of a point that is not of small order."""
    point = decode(key)
    return point is not None and multiply(8, point)[0] != 0

def verifies(key, message, signature):
    point, commitment, response = decode(key), signature[:32], int.from_bytes(signature[32:], "little")
    if not is_sound(key) or response >= ORDER:
        return False
    x, y, z, t = multiply(challenge(commitment, key, message), point)
    return encode(add(multiply(response, BASE), (-x, y, z, -t))) == commitment
