// Vectors of as many floats as the instruction set's registers hold, by the compiler's own vector types.
#pragma once
#include <cstdint>
#include <cstring>

namespace trs::TRS_ISA {

#if defined(__AVX512F__)
constexpr int kWidth = 16, kRows = 12;
#elif defined(__AVX2__)
constexpr int kWidth = 8, kRows = 6;
#else
constexpr int kWidth = 4, kRows = 4;
#endif

typedef float Vec __attribute__((vector_size(kWidth * 4)));
typedef int32_t IntVec __attribute__((vector_size(kWidth * 4)));
typedef uint32_t UintVec __attribute__((vector_size(kWidth * 4)));
typedef float LooseVec __attribute__((vector_size(kWidth * 4), aligned(4), may_alias));

static inline Vec load(const float* p) { return *reinterpret_cast<const LooseVec*>(p); }
static inline void store(float* p, Vec v) { *reinterpret_cast<LooseVec*>(p) = v; }
static inline Vec all(float x) { return x - Vec{}; }
static inline int64_t up(int64_t count) { return (count + kWidth - 1) / kWidth * kWidth; }

// A vector that is cut off: the rest is zero.
static inline Vec load_part(const float* p, int64_t count) {
  float part[kWidth] = {};
  memcpy(part, p, count * sizeof(float));
  return load(part);
}

static inline void store_part(float* p, Vec v, int64_t count) {
  float part[kWidth];
  store(part, v);
  memcpy(p, part, count * sizeof(float));
}

static inline float sum(Vec v) {
  float total = 0;
  for (int i = 0; i < kWidth; i++) total += v[i];
  return total;
}

static inline Vec larger(Vec a, Vec b) { return a > b ? a : b; }

static inline float largest(Vec v) {
  float most = v[0];
  for (int i = 1; i < kWidth; i++) most = v[i] > most ? v[i] : most;
  return most;
}

// e^x within two units of the last place; 0 below the least normal number.
static inline Vec exp(Vec x) {
  Vec low = all(-87.3f), high = all(88.3f);
  Vec bounded = x < low ? low : x > high ? high : x;
  Vec shift = all(12582912.f);  // 1.5 · 2^23: what is added to it is rounded to whole numbers
  Vec shifted = bounded * all(1.44269504088896341f) + shift;
  Vec whole = shifted - shift;
  Vec rest = bounded - whole * all(0.693359375f) - whole * all(-2.12194440e-4f);
  Vec p = all(1.9875691500e-4f);
  p = p * rest + all(1.3981999507e-3f);
  p = p * rest + all(8.3334519073e-3f);
  p = p * rest + all(4.1665795894e-2f);
  p = p * rest + all(1.6666665459e-1f);
  p = p * rest + all(5.0000001201e-1f);
  Vec y = p * (rest * rest) + rest + all(1.f);
  Vec scaled = (Vec)((IntVec)y + ((IntVec)shifted << 23));
  return x < low ? Vec{} : scaled;
}

// c [rows, columns] = (or +=) a times b. a's element (i, k) is at a[i * a_row + k * a_column]; b and c lie row by row, in whole vectors.
template <int R, int V>
static inline void tile(int64_t depth, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c,
                        int64_t c_row, bool add) {
  Vec sums[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sums[r][v] = add ? load(c + r * c_row + v * kWidth) : Vec{};
  for (int64_t k = 0; k < depth; k++) {
    Vec row[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) row[v] = load(b + k * b_row + v * kWidth);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      Vec x = all(a[r * a_row + k * a_column]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) sums[r][v] += x * row[v];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(c + r * c_row + v * kWidth, sums[r][v]);
}

template <int V>
static inline void strip(int64_t rows, int64_t depth, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row,
                         float* c, int64_t c_row, bool add) {
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) tile<kRows, V>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  for (; i + 4 <= rows; i += 4) tile<4, V>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  for (; i < rows; i++) tile<1, V>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
}

static inline void product(int64_t rows, int64_t columns, int64_t depth, const float* a, int64_t a_row, int64_t a_column, const float* b,
                           int64_t b_row, float* c, int64_t c_row, bool add) {
  int64_t j = 0;
  for (; j + 2 * kWidth <= columns; j += 2 * kWidth) strip<2>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  if (j < columns) strip<1>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
}

}  // namespace trs::TRS_ISA
