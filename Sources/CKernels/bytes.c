// The choice of the tables of kernels on bytes: one for each instruction set that the processor can run.
#include "bytes.h"

extern const struct rz_byte_kernels rz_byte_kernels__portable;
#if defined(__x86_64__)
extern const struct rz_byte_kernels rz_byte_kernels__avx2, rz_byte_kernels__avxvnni, rz_byte_kernels__avx512vnni;

static bool rz_has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static bool rz_has_avx512vnni(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vnni") && rz_has_avx2();
}
#endif

const struct rz_byte_kernels *rz_byte_kernels_at(size_t index) {
  const struct rz_byte_kernels *tables[4] = {&rz_byte_kernels__portable};
  size_t count = 1;
#if defined(__x86_64__)
  if (rz_has_avx2()) tables[count++] = &rz_byte_kernels__avx2;
  if (rz_has_avx2() && __builtin_cpu_supports("avxvnni")) tables[count++] = &rz_byte_kernels__avxvnni;
  if (rz_has_avx512vnni()) tables[count++] = &rz_byte_kernels__avx512vnni;
#endif
  return index < count ? tables[index] : NULL;
}
