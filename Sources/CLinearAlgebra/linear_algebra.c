#include "CLinearAlgebra.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

// Behind the arguments, Fortran's compilers pass the lengths of texts; routines that are written in C do not look at them.
typedef void gemm(const char *, const char *, const int32_t *, const int32_t *, const int32_t *, const float *, const float *, const int32_t *,
                  const float *, const int32_t *, const float *, float *, const int32_t *, size_t, size_t);
typedef void gemv(const char *, const int32_t *, const int32_t *, const float *, const float *, const int32_t *, const float *, const int32_t *,
                  const float *, float *, const int32_t *, size_t);
typedef void syevd(const char *, const char *, const int32_t *, double *, const int32_t *, double *, double *, const int32_t *, int32_t *,
                   const int32_t *, int32_t *, size_t, size_t);

static struct {
  const char *name;
  gemm *gemm;
  gemv *gemv;
  syevd *syevd;
  void (*set_threads)(int);
} blas;

// The number of threads holds for all that the library does, and changes the order in which it adds: none computes while it is another's.
static pthread_rwlock_t thread_setting = PTHREAD_RWLOCK_INITIALIZER;

static int find(void *library, const char *name, void *function) {
  if (library == NULL) return 0;
  void *found = dlsym(library, name);
  if (found != NULL) *(void **)function = found;
  return found != NULL;
}

// Takes what is in a library, or in two: BLAS and LAPACK.
static int take(const char *name, const char *other) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return 0;
  int is_whole = find(library, "sgemm_", &blas.gemm) && find(library, "sgemv_", &blas.gemv) &&
                 (find(library, "dsyevd_", &blas.syevd) ||
                  (other != NULL && find(dlopen(other, RTLD_NOW | RTLD_LOCAL), "dsyevd_", &blas.syevd)));
  if (!is_whole) return 0;
  // The callers of products have threads of their own, which must not wait for those of the library.
  if (find(library, "openblas_set_num_threads", &blas.set_threads)) blas.set_threads(1);
  blas.name = name;
  return 1;
}

const char *rz_blas_wanted(void) {
  const char *name = getenv("RESZOO_BLAS");
  return name != NULL && *name != 0 ? name : NULL;
}

static void open_library(void) {
  static const char *const names[][2] = {
#ifdef __APPLE__
      {"/opt/homebrew/opt/openblas/lib/libopenblas.dylib", NULL},
      {"/usr/local/opt/openblas/lib/libopenblas.dylib", NULL},
      {"/System/Library/Frameworks/Accelerate.framework/Accelerate", NULL},
#else
      {"libopenblas.so.0", NULL},
      {"libblas.so.3", "liblapack.so.3"},
#endif
  };
  if (rz_blas_wanted() != NULL) {
    take(rz_blas_wanted(), NULL);
    return;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (take(names[i][0], names[i][1])) return;
}

int rz_blas_is_there(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return blas.name != NULL;
}

const char *rz_blas_name(void) { return blas.name; }

// Fortran's matrices lie column by column: to it, a and b are their transposes, and c is that of a * b^T.
void rz_blas_products(int32_t rows_a, int32_t rows_b, int32_t width, const float *a, const float *b, float *c) {
  const float one = 1, zero = 0;
  const int32_t step = 1;
  pthread_rwlock_rdlock(&thread_setting);
  if (rows_a <= 3) {
    // So few are faster one by one: a product of matrices copies both of them first.
    for (int32_t row = 0; row < rows_a; row++)
      blas.gemv("T", &width, &rows_b, &one, b, &width, a + (size_t)row * (size_t)width, &step, &zero, c + (size_t)row * (size_t)rows_b, &step, 1);
  } else {
    blas.gemm("T", "N", &rows_b, &rows_a, &width, &one, b, &width, a, &width, &zero, c, &rows_b, 1, 1);
  }
  pthread_rwlock_unlock(&thread_setting);
}

int rz_blas_eigen_memory(int32_t order, int32_t *doubles, int32_t *integers) {
  // As LAPACK's documentation of dsyevd has it.
  int64_t n = order, needed = 1 + 6 * n + 2 * n * n;
  if (n < 1 || needed > INT32_MAX) return 0;
  *doubles = (int32_t)needed;
  *integers = (int32_t)(3 + 5 * n);
  return 1;
}

int rz_blas_eigen(int32_t order, double *matrix, double *values, double *doubles, int32_t double_count, int32_t *integers,
                  int32_t integer_count, int threads) {
  int32_t info = 0;
  pthread_rwlock_wrlock(&thread_setting);
  if (blas.set_threads != NULL) blas.set_threads(threads);
  blas.syevd("V", "L", &order, matrix, &order, values, doubles, &double_count, integers, &integer_count, &info, 1, 1);
  if (blas.set_threads != NULL) blas.set_threads(1);
  pthread_rwlock_unlock(&thread_setting);
  return info;
}
