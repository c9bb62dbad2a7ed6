// The codecs of the checkpoint format. Nothing here allocates, and nothing here knows of networks.
// A pointer may be null when its length is 0. Input and output never alias.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Regrouping of FORMAT §5.2. An element is rotated left by one bit and its bytes go to separate planes; `count` counts elements.
//   split: elements [count] -> planes, top [count].   join: the inverse.
//   planes of 2-byte elements: [count] low bytes
//             4-byte elements: [2*count] low half-words, then [count] next bytes
//             8-byte elements: [4*count] low words, [2*count] half-words, [count] next bytes
// Any alignment of any pointer.
void rz_split_16(size_t count, const uint8_t *elements, uint8_t *planes, uint8_t *top);
void rz_split_32(size_t count, const uint8_t *elements, uint8_t *planes, uint8_t *top);
void rz_split_64(size_t count, const uint8_t *elements, uint8_t *planes, uint8_t *top);
void rz_join_16(size_t count, const uint8_t *planes, const uint8_t *top, uint8_t *elements);
void rz_join_32(size_t count, const uint8_t *planes, const uint8_t *top, uint8_t *elements);
void rz_join_64(size_t count, const uint8_t *planes, const uint8_t *top, uint8_t *elements);

// 1 when all bytes are zero.
int rz_all_zero(const uint8_t *bytes, size_t count);

// Decodes a raw deflate stream (RFC 1951) that holds literals alone: what FORMAT §5.2 advises writers to make.
// 1 when `source` is exactly one such stream, complete and valid, and fills `target` exactly. 0 otherwise: `target` may hold anything
// then, and a general decoder must say what the stream is.
int rz_inflate_literals(const uint8_t *source, size_t source_count, uint8_t *target, size_t target_count);
