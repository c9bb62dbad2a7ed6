// Dense linear algebra by OpenBLAS or another library that has the routines of BLAS and LAPACK with 32-bit integers under their names of
// Fortran. It is opened when it is first used. Matrices lie row by row without gaps, and none aliases another.
#pragma once
#include <stddef.h>
#include <stdint.h>

// 1 if the library could be opened, which is tried once: the one that RESZOO_BLAS names, else OpenBLAS, else those of the system.
// All functions below but one may be called only when it is there.
int rz_blas_is_there(void);

// The name by which it was opened, for messages; static.
const char *rz_blas_name(void);

// The library that RESZOO_BLAS names, which alone is tried then; NULL where it names none. It may be called at any time.
const char *rz_blas_wanted(void);

// c[rows_a][rows_b] = a[rows_a][width] * b[rows_b][width]^T, by one thread: the caller has threads of its own. All extents are at least 1.
// The order of the sums is the library's, and differs from version to version.
void rz_blas_products(int32_t rows_a, int32_t rows_b, int32_t width, const float *a, const float *b, float *c);

// The numbers of doubles and of integers that rz_blas_eigen works with for a matrix of `order`; 0 if these are more than 32 bits can count.
int rz_blas_eigen_memory(int32_t order, int32_t *doubles, int32_t *integers);

// The eigenvalues of a symmetric matrix [order][order], in ascending order, and in place of the matrix its eigenvectors, one a row, of length
// 1. `threads` is at least 1, and counts where the library is OpenBLAS: meanwhile other calls wait. Returns 0, or a positive number
// when the iteration did not converge.
int rz_blas_eigen(int32_t order, double *matrix, double *values, double *doubles, int32_t double_count, int32_t *integers,
                  int32_t integer_count, int threads);
