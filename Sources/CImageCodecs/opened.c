#include "opened.h"

#include <dlfcn.h>

int rz_open(const char *const *names, size_t name_count, const rz_function *functions, size_t function_count) {
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < name_count; i++) library = dlopen(names[i], RTLD_NOW);
  if (library == NULL) return 0;
  for (size_t i = 0; i < function_count; i++) {
    void *function = dlsym(library, functions[i].name);
    if (function == NULL) return 0;
    *(void **)functions[i].target = function;
  }
  return 1;
}
