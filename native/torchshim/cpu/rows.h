// Norms, the gated unit, low-rank products with dropout, and cross-entropy, a row at a time.
#pragma once
#include <cmath>

#include "kernels.h"
#include "simd.h"

namespace trs::TRS_ISA {

static inline void rms_norm(const float* x, const float* weight, float eps, int64_t size, int64_t first, int64_t end, float* y,
                            float* scale) {
  for (int64_t i = first; i < end; i++) {
    const float* row = x + i * size;
    float* to = y + i * size;
    Vec squares{};
    int64_t d = 0;
    for (; d + kWidth <= size; d += kWidth) squares += load(row + d) * load(row + d);
    float total = sum(squares);
    for (int64_t e = d; e < size; e++) total += row[e] * row[e];
    float own = scale[i] = 1 / sqrtf(total / size + eps);
    for (d = 0; d + kWidth <= size; d += kWidth) store(to + d, load(row + d) * all(own) * load(weight + d));
    for (; d < size; d++) to[d] = row[d] * own * weight[d];
  }
}

static inline void rms_norm_backward(const float* grad, const float* x, const float* weight, const float* scale, int64_t size,
                                     int64_t first, int64_t end, float* grad_x, float* grad_weight) {
  for (int64_t i = first; i < end; i++) {
    const float* g = grad + i * size;
    const float* row = x + i * size;
    float own = scale[i];
    Vec products{};
    int64_t d = 0;
    for (; d + kWidth <= size; d += kWidth) products += load(g + d) * load(weight + d) * load(row + d);
    float total = sum(products);
    for (int64_t e = d; e < size; e++) total += g[e] * weight[e] * row[e];
    float back = total * own * own * own / size;
    if (grad_x != nullptr) {
      float* to = grad_x + i * size;
      for (d = 0; d + kWidth <= size; d += kWidth) {
        store(to + d, load(g + d) * load(weight + d) * all(own) - load(row + d) * all(back));
      }
      for (; d < size; d++) to[d] = g[d] * weight[d] * own - row[d] * back;
    }
    if (grad_weight != nullptr) {
      for (d = 0; d < size; d++) grad_weight[d] += g[d] * row[d] * own;
    }
  }
}

static inline Vec sigmoid(Vec x) { return all(1.f) / (all(1.f) + exp(-x)); }

static inline void swiglu(const float* gate, const float* up, int64_t first, int64_t end, float* y) {
  for (int64_t i = first; i < end; i += kWidth) {
    if (i + kWidth <= end) {
      Vec x = load(gate + i);
      store(y + i, x * sigmoid(x) * load(up + i));
    } else {
      Vec x = load_part(gate + i, end - i);
      store_part(y + i, x * sigmoid(x) * load_part(up + i, end - i), end - i);
    }
  }
}

static inline void swiglu_backward(const float* grad, const float* gate, const float* up, int64_t first, int64_t end, float* grad_gate,
                                   float* grad_up) {
  for (int64_t i = first; i < end; i += kWidth) {
    bool whole = i + kWidth <= end;
    Vec g = whole ? load(grad + i) : load_part(grad + i, end - i);
    Vec x = whole ? load(gate + i) : load_part(gate + i, end - i);
    Vec u = whole ? load(up + i) : load_part(up + i, end - i);
    Vec s = sigmoid(x);
    Vec to_gate = g * u * s * (all(1.f) + x * (all(1.f) - s)), to_up = g * x * s;
    if (whole) {
      store(grad_gate + i, to_gate);
      store(grad_up + i, to_up);
    } else {
      store_part(grad_gate + i, to_gate, end - i);
      store_part(grad_up + i, to_up, end - i);
    }
  }
}

// A row's own seed, from which the columns' hashes follow.
static inline uint32_t row_seed(const Dropout& dropout, int64_t row) {
  uint64_t z = dropout.seed + 0x9E3779B97F4A7C15ull * static_cast<uint64_t>(row + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return static_cast<uint32_t>((z ^ (z >> 31)) >> 32);
}

static inline UintVec columns_from(int64_t first) {
  UintVec columns;
  for (int i = 0; i < kWidth; i++) columns[i] = static_cast<uint32_t>(first) + i;
  return columns;
}

// 0 or the scale, for columns [first, first + kWidth) of a row.
static inline Vec kept(const Dropout& dropout, uint32_t seed, int64_t first, UintVec steps) {
  UintVec h = (steps + (UintVec{} + static_cast<uint32_t>(first))) * (UintVec{} + 0x9E3779B9u) + (UintVec{} + seed);
  h ^= h >> 16;
  h *= UintVec{} + 0x7FEB352Du;
  h ^= h >> 15;
  h *= UintVec{} + 0x846CA68Bu;
  h ^= h >> 16;
  return h < (UintVec{} + dropout.threshold) ? Vec{} : all(dropout.scale);
}

static inline void low_rank_down(const float* x, const float* a_columns, const Dropout& dropout, int64_t size, int64_t rank, int64_t first,
                                 int64_t end, float* down, float* scratch) {
  int64_t wide = up(rank), padded = up(size);
  float* dropped = scratch;                // [kRows, padded]
  float* sums = scratch + kRows * padded;  // [kRows, wide]
  UintVec steps = columns_from(0);
  for (int64_t i = first; i < end; i += kRows) {
    int64_t rows = end - i < kRows ? end - i : kRows;
    const float* from = x + i * size;
    int64_t stride = size;
    if (dropout.threshold != 0) {
      for (int64_t r = 0; r < rows; r++) {
        uint32_t seed = row_seed(dropout, i + r);
        for (int64_t d = 0; d < size; d += kWidth) {
          Vec part = d + kWidth <= size ? load(from + r * size + d) : load_part(from + r * size + d, size - d);
          store(dropped + r * padded + d, part * kept(dropout, seed, d, steps));
        }
      }
      from = dropped;
      stride = padded;
    }
    product(rows, wide, size, from, stride, 1, a_columns, wide, sums, wide, false);
    for (int64_t r = 0; r < rows; r++) memcpy(down + (i + r) * rank, sums + r * wide, rank * sizeof(float));
  }
}

static inline void low_rank_down_backward(const float* grad_down, const float* a, const Dropout& dropout, int64_t size, int64_t rank,
                                          int64_t first, int64_t end, float* grad_x) {
  UintVec steps = columns_from(0);
  for (int64_t i = first; i < end; i++) {
    const float* g = grad_down + i * rank;
    float* to = grad_x + i * size;
    uint32_t seed = row_seed(dropout, i);
    for (int64_t d = 0; d < size; d += kWidth) {
      int64_t left = size - d;
      Vec total{};
      for (int64_t r = 0; r < rank; r++) total += all(g[r]) * (left >= kWidth ? load(a + r * size + d) : load_part(a + r * size + d, left));
      if (dropout.threshold != 0) total *= kept(dropout, seed, d, steps);
      if (left >= kWidth) {
        store(to + d, load(to + d) + total);
      } else {
        store_part(to + d, load_part(to + d, left) + total, left);
      }
    }
  }
}

static inline void low_rank_factor_gradient(const float* grad_down, const float* x, const Dropout& dropout, int64_t size, int64_t rank,
                                            int64_t rows, int64_t first, int64_t end, float* grad_a) {
  constexpr int kRanks = 8;
  UintVec steps = columns_from(0);
  for (int64_t d = first; d < end; d += kWidth) {
    int64_t count = end - d < kWidth ? end - d : kWidth;
    for (int64_t r = 0; r < rank; r += kRanks) {
      int64_t ranks = rank - r < kRanks ? rank - r : kRanks;
      Vec sums[kRanks] = {};
      for (int64_t i = 0; i < rows; i++) {
        Vec part = count == kWidth ? load(x + i * size + d) : load_part(x + i * size + d, count);
        if (dropout.threshold != 0) part *= kept(dropout, row_seed(dropout, i), d, steps);
        const float* g = grad_down + i * rank + r;
        if (ranks == kRanks) {
#pragma GCC unroll 8
          for (int q = 0; q < kRanks; q++) sums[q] += all(g[q]) * part;
        } else {
          for (int q = 0; q < ranks; q++) sums[q] += all(g[q]) * part;
        }
      }
      for (int q = 0; q < ranks; q++) store_part(grad_a + (r + q) * size + d, sums[q], count);
    }
  }
}

static inline void cross_entropy(float* logits, const int64_t* targets, const float* weights, int64_t count, int64_t first, int64_t end,
                                 float* losses, bool with_gradient) {
  for (int64_t i = first; i < end; i++) {
    float* row = logits + i * count;
    int64_t target = targets[i];
    if (target < 0) {
      losses[i] = 0;
      if (with_gradient) memset(row, 0, count * sizeof(float));
      continue;
    }
    float most = row[0];
    int64_t j = 0;
    if (count >= kWidth) {
      Vec highest = load(row);
      for (j = kWidth; j + kWidth <= count; j += kWidth) highest = larger(highest, load(row + j));
      most = largest(highest);
    }
    for (; j < count; j++) most = row[j] > most ? row[j] : most;
    float own = row[target] - most;
    Vec total{}, high = all(most);
    for (j = 0; j + kWidth <= count; j += kWidth) {
      Vec e = exp(load(row + j) - high);
      total += e;
      store(row + j, e);
    }
    float whole = sum(total);
    for (; j < count; j++) {
      row[j] = expf(row[j] - most);
      whole += row[j];
    }
    losses[i] = logf(whole) - own;
    if (with_gradient) {
      float share = weights[i] / whole;
      for (j = 0; j < count; j++) row[j] *= share;
      row[target] -= weights[i];
    }
  }
}

}  // namespace trs::TRS_ISA
