// Checksums, conversions of floats, and free memory. Nothing here allocates, and nothing here knows of networks.
// A pointer may be null when its length is 0. Input and output never alias.
#pragma once
#include <stddef.h>
#include <stdint.h>

// CRC-32C (FORMAT "CRC"). `crc` is the checksum of the bytes before these, 0 for none; returns that of all bytes so far.
// Any alignment, any length. The plain name picks the fastest form that the processor runs.
uint32_t rz_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

// The forms from the fastest that the processor runs, number 0, to the portable one, which is the last: "avx512", "sse4.2", "armv8",
// "portable". It runs each of them, as whatever runs AVX-512 runs SSE 4.2.
size_t rz_crc32c_form_count(void);
const char *rz_crc32c_form_name(size_t form);
uint32_t rz_crc32c_by_form(size_t form, uint32_t crc, const uint8_t *bytes, size_t count);

// Gives memory that was freed in small pieces back to the system, where the C library keeps it otherwise and can be told not to.
void rz_give_back_memory(void);

// 2-byte floats (binary16, bfloat16) to 4-byte ones, exactly, and to the nearest, halves to even; NaN keeps its sign and the upper bits
// of its payload. `count` counts elements; any alignment of any pointer.
// Narrowing returns 1 unless a finite number is too large for the form: it becomes an infinity.
void rz_widen_f16(size_t count, const uint8_t *halves, uint8_t *floats);
void rz_widen_bf16(size_t count, const uint8_t *brains, uint8_t *floats);
int rz_narrow_f16(size_t count, const uint8_t *floats, uint8_t *halves);
int rz_narrow_bf16(size_t count, const uint8_t *floats, uint8_t *brains);
