#include "CBytes.h"

#ifdef __linux__
#include <malloc.h>
#endif

void rz_give_back_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
