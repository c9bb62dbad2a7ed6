// The choice of the tables of kernels: one for each instruction set that the processor can run.
#include "CKernels.h"

extern const struct rz_kernels rz_kernels__portable;
#if defined(__x86_64__)
extern const struct rz_kernels rz_kernels__avx2, rz_kernels__avx512;
extern const struct rz_bfloat16_kernels rz_bfloat16_kernels__avx512bf16;

static bool rz_has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static bool rz_has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && rz_has_avx2();
}
#endif

const struct rz_kernels *rz_kernels_at(size_t index) {
  const struct rz_kernels *tables[3] = {&rz_kernels__portable};
  size_t count = 1;
#if defined(__x86_64__)
  if (rz_has_avx2()) tables[count++] = &rz_kernels__avx2;
  if (rz_has_avx512()) tables[count++] = &rz_kernels__avx512;
#endif
  return index < count ? tables[index] : NULL;
}

const struct rz_bfloat16_kernels *rz_bfloat16_kernels_of(const struct rz_kernels *kernels) {
#if defined(__x86_64__)
  if (kernels == &rz_kernels__avx512 && __builtin_cpu_supports("avx512bf16")) return &rz_bfloat16_kernels__avx512bf16;
#endif
  return kernels->bfloat16;
}
