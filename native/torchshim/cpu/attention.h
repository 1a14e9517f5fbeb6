// Causal attention over one sequence, a block of queries at a time: scores exist for a block only, and later keys are not multiplied.
#pragma once
#include <cmath>

#include "kernels.h"
#include "simd.h"

namespace trs::TRS_ISA {

constexpr int64_t kBlock = 48;  // queries at a time

// to [rows, up(head_size)] = (from rotated) · factor.
static inline void take_rows(const AttentionTask& t, const float* from, int64_t stride, bool rotate, int64_t first, int64_t rows,
                             float factor, float* to) {
  int64_t size = t.head_size, padded = up(size), half = size / 2;
  for (int64_t i = 0; i < rows; i++) {
    const float* x = from + (first + i) * stride;
    float* y = to + i * padded;
    if (rotate && t.cos != nullptr) {
      const float* cos = t.cos + (first + i) * size;
      const float* sin = t.sin + (first + i) * size;
      for (int64_t d = 0; d < half; d++) y[d] = (x[d] * cos[d] + x[d + half] * sin[d]) * factor;
      for (int64_t d = half; d < size; d++) y[d] = (x[d] * cos[d] + x[d - half] * sin[d]) * factor;
    } else {
      for (int64_t d = 0; d < size; d++) y[d] = x[d] * factor;
    }
    for (int64_t d = size; d < padded; d++) y[d] = 0;
  }
}

// The gradient of take_rows without its factor: to = (from rotated back) · factor.
static inline void give_rows(const AttentionTask& t, const float* from, bool rotate, int64_t first, int64_t rows, float factor, float* to,
                             int64_t stride) {
  int64_t size = t.head_size, padded = up(size), half = size / 2;
  for (int64_t i = 0; i < rows; i++) {
    const float* g = from + i * padded;
    float* x = to + (first + i) * stride;
    if (rotate && t.cos != nullptr) {
      const float* cos = t.cos + (first + i) * size;
      const float* sin = t.sin + (first + i) * size;
      for (int64_t d = 0; d < half; d++) x[d] = (g[d] * cos[d] + g[d + half] * sin[d + half]) * factor;
      for (int64_t d = half; d < size; d++) x[d] = (g[d] * cos[d] + g[d - half] * sin[d - half]) * factor;
    } else {
      for (int64_t d = 0; d < size; d++) x[d] = g[d] * factor;
    }
  }
}

// columns [head_size, up(length)] of rows [length, up(head_size)]; what is too much is zero.
static inline void turn(const float* rows, int64_t length, int64_t size, float* columns) {
  int64_t padded = up(size), wide = up(length);
  for (int64_t j = 0; j < wide; j += kWidth) {
    int64_t count = length - j < kWidth ? length - j : kWidth;
    for (int64_t d = 0; d < size; d++) {
      float* to = columns + d * wide + j;
      for (int64_t i = 0; i < count; i++) to[i] = rows[(j + i) * padded + d];
      for (int64_t i = count; i < kWidth; i++) to[i] = 0;
    }
  }
}

static inline int64_t attention_scratch(int64_t length, int64_t size, bool backward) {
  int64_t padded = up(size), wide = up(length), block = kBlock * wide, head = kBlock * padded;
  return backward ? 4 * length * padded + 2 * size * wide + 2 * block + 3 * head : 2 * length * padded + size * wide + block + 2 * head;
}

static inline void attention(const AttentionTask& t, float* scratch) {
  int64_t length = t.length, size = t.head_size, padded = up(size), wide = up(length);
  float* keys = scratch;
  float* values = keys + length * padded;
  float* key_columns = values + length * padded;
  float* scores = key_columns + size * wide;
  float* queries = scores + kBlock * wide;
  float* sums = queries + kBlock * padded;
  take_rows(t, t.k, t.k_stride, true, 0, length, 1, keys);
  take_rows(t, t.v, t.k_stride, false, 0, length, 1, values);
  turn(keys, length, size, key_columns);
  for (int64_t head = 0; head < t.sharing; head++) {
    for (int64_t first = 0; first < length; first += kBlock) {
      int64_t rows = length - first < kBlock ? length - first : kBlock, seen = first + rows, seen_wide = up(seen);
      take_rows(t, t.q + head * size, t.q_stride, true, first, rows, t.scale, queries);
      product(rows, seen_wide, size, queries, padded, 1, key_columns, wide, scores, wide, false);
      for (int64_t i = 0; i < rows; i++) {
        float* s = scores + i * wide;
        int64_t own = first + i + 1;
        for (int64_t j = own; j < seen_wide; j++) s[j] = -INFINITY;
        Vec most = load(s);
        for (int64_t j = kWidth; j < seen_wide; j += kWidth) most = larger(most, load(s + j));
        Vec highest = all(largest(most)), total{};
        for (int64_t j = 0; j < seen_wide; j += kWidth) {
          Vec e = exp(load(s + j) - highest);
          total += e;
          store(s + j, e);
        }
        float whole = sum(total);
        t.lse[head * length + first + i] = highest[0] + logf(whole);
        queries[i * padded] = 1 / whole;  // the queries have been used
      }
      product(rows, padded, seen, scores, wide, 1, values, padded, sums, padded, false);
      for (int64_t i = 0; i < rows; i++) {
        float* out = t.out + (first + i) * t.q_stride + head * size;
        float share = queries[i * padded];
        for (int64_t d = 0; d < size; d++) out[d] = sums[i * padded + d] * share;
      }
    }
  }
}

static inline void attention_backward(const AttentionTask& t, const AttentionGradients& g, float* scratch) {
  int64_t length = t.length, size = t.head_size, padded = up(size), wide = up(length);
  float* keys = scratch;
  float* values = keys + length * padded;
  float* grad_keys = values + length * padded;
  float* grad_values = grad_keys + length * padded;
  float* key_columns = grad_values + length * padded;
  float* value_columns = key_columns + size * wide;
  float* shares = value_columns + size * wide;
  float* grads = shares + kBlock * wide;
  float* queries = grads + kBlock * wide;
  float* outs = queries + kBlock * padded;
  float* sums = outs + kBlock * padded;
  take_rows(t, t.k, t.k_stride, true, 0, length, 1, keys);
  take_rows(t, t.v, t.k_stride, false, 0, length, 1, values);
  turn(keys, length, size, key_columns);
  turn(values, length, size, value_columns);
  memset(grad_keys, 0, length * padded * sizeof(float));
  memset(grad_values, 0, length * padded * sizeof(float));
  for (int64_t head = 0; head < t.sharing; head++) {
    for (int64_t first = 0; first < length; first += kBlock) {
      int64_t rows = length - first < kBlock ? length - first : kBlock, seen = first + rows, seen_wide = up(seen);
      take_rows(t, t.q + head * size, t.q_stride, true, first, rows, t.scale, queries);
      take_rows(t, g.out + head * size, t.q_stride, false, first, rows, 1, outs);
      product(rows, seen_wide, size, queries, padded, 1, key_columns, wide, shares, wide, false);
      product(rows, seen_wide, size, outs, padded, 1, value_columns, wide, grads, wide, false);
      for (int64_t i = 0; i < rows; i++) {
        const float* out = t.out + (first + i) * t.q_stride + head * size;
        Vec products{};
        for (int64_t d = 0; d < size; d += kWidth) {
          products += (d + kWidth <= size ? load(out + d) : load_part(out + d, size - d)) * load(outs + i * padded + d);
        }
        float* s = shares + i * wide;
        float* ds = grads + i * wide;
        int64_t own = first + i + 1;
        for (int64_t j = own; j < seen_wide; j++) s[j] = -INFINITY;
        Vec lse = all(t.lse[head * length + first + i]), delta = all(sum(products));
        for (int64_t j = 0; j < seen_wide; j += kWidth) {
          Vec p = exp(load(s + j) - lse);
          store(s + j, p);
          store(ds + j, p * (load(ds + j) - delta));
        }
      }
      product(seen, padded, rows, shares, 1, wide, outs, padded, grad_values, padded, true);
      product(seen, padded, rows, grads, 1, wide, queries, padded, grad_keys, padded, true);
      product(rows, padded, seen, grads, wide, 1, keys, padded, sums, padded, false);
      give_rows(t, sums, true, first, rows, t.scale, g.q + head * size, t.q_stride);
    }
  }
  give_rows(t, grad_keys, true, 0, length, 1, g.k, t.k_stride);
  give_rows(t, grad_values, false, 0, length, 1, g.v, t.k_stride);
}

}  // namespace trs::TRS_ISA
