// Counts the memory that a test program asks for, by standing in for the C library's allocation functions.
#pragma once
#include <stdint.h>

/// Allocations of the calling thread since it began; always 0 where the C library cannot be stood in for.
uint64_t allocation_count(void);
