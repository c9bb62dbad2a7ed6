// Libraries that are opened when the first image needs them, so that a program without such images neither loads nor
// needs them. Their functions are declared where they are used: no header of theirs is needed to build.
#pragma once

#include <stddef.h>

// One of a library's functions and where its address goes.
typedef struct {
  const char *name;
  void *target;  // the address of a pointer to a function
} rz_function;

// Opens the first of the named libraries that is there and finds its functions. Returns 0 when a library or function is
// missing.
int rz_open(const char *const *names, size_t name_count, const rz_function *functions, size_t function_count);
