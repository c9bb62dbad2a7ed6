// The exchange of two names and files without one, as CFiles.h declares them.
#define _GNU_SOURCE
#include "CFiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

int rz_exchange_names(const char *one, const char *other) {
#if defined(__APPLE__)
  return renamex_np(one, other, RENAME_SWAP);
#elif defined(RENAME_EXCHANGE)
  return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
#else
  (void)one;
  (void)other;
  errno = ENOSYS;
  return -1;
#endif
}

int rz_nameless_file(void) {
#if defined(__linux__)
  return memfd_create("reszoo", MFD_CLOEXEC);
#else
  char name[] = "/tmp/reszoo-XXXXXX";
  const int descriptor = mkstemp(name);
  if (descriptor < 0) return -1;
  unlink(name);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
#endif
}
