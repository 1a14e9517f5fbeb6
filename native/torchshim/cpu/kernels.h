// Loops over Float32 values in main memory that no ATen operator has. kernels.cpp is compiled once for each instruction set; kernels()
// gives the best one that this CPU runs. Nothing here allocates, throws or starts threads: callers divide the work and bring the scratch
// memory.
#pragma once
#include <cstdint>

namespace trs {

// The query heads that share one key head, over one sequence of tokens. Pointers are at the first token of the first of these heads; a row
// is a token, and strides count floats.
struct AttentionTask {
  const float* q;
  const float* k;
  const float* v;
  const float* cos;  // [.., head_size]; null where the layer does not rotate
  const float* sin;  // signed: minus on the first half
  float* out;        // rows as q's
  float* lse;        // [sharing, length]: logarithm of each softmax's denominator
  int64_t length, sharing, head_size, q_stride, k_stride;
  float scale;
};

// What backward adds: gradients have the strides of what they belong to.
struct AttentionGradients {
  const float* out;
  float* q;
  float* k;
  float* v;
};

// Which elements of a matrix dropout keeps: a hash of seed, row and column says so, so that no mask is stored.
struct Dropout {
  uint64_t seed;
  uint32_t threshold;  // dropped where the hash is below; 0 keeps all
  float scale;         // of what is kept
};

struct Kernels {
  const char* name;
  int64_t (*attention_scratch)(int64_t length, int64_t head_size, bool backward);  // floats
  void (*attention)(const AttentionTask& task, float* scratch);
  void (*attention_backward)(const AttentionTask& task, const AttentionGradients& gradients, float* scratch);

  // Rows [first, end) of x [.., size]; scale [rows] is kept for backward.
  void (*rms_norm)(const float* x, const float* weight, float eps, int64_t size, int64_t first, int64_t end, float* y, float* scale);
  // grad_weight [size] is added to; null when nobody wants it.
  void (*rms_norm_backward)(const float* grad, const float* x, const float* weight, const float* scale, int64_t size, int64_t first,
                            int64_t end, float* grad_x, float* grad_weight);

  // silu(gate) · up.
  void (*swiglu)(const float* gate, const float* up, int64_t first, int64_t end, float* y);
  void (*swiglu_backward)(const float* grad, const float* gate, const float* up, int64_t first, int64_t end, float* grad_gate,
                          float* grad_up);

  // down [rows, rank] = dropped x [rows, size] times a [rank, size] transposed; a_columns is a transposed and padded, [size, pad(rank)].
  void (*low_rank_down)(const float* x, const float* a_columns, const Dropout& dropout, int64_t size, int64_t rank, int64_t first,
                        int64_t end, float* down, float* scratch);
  // grad_x [rows, size] += dropped (grad_down [rows, rank] times a [rank, size]).
  void (*low_rank_down_backward)(const float* grad_down, const float* a, const Dropout& dropout, int64_t size, int64_t rank, int64_t first,
                                 int64_t end, float* grad_x);
  // grad_a [rank, size] = grad_down transposed times dropped x, for columns [first, end) of it.
  void (*low_rank_factor_gradient)(const float* grad_down, const float* x, const Dropout& dropout, int64_t size, int64_t rank, int64_t rows,
                                   int64_t first, int64_t end, float* grad_a);
  int64_t (*padded)(int64_t count);  // to whole vectors

  // Losses of rows [first, end) of logits [rows, count]: minus the logarithm of the target's probability, 0 for a negative target. The
  // logits become their own gradient, times weights[row].
  void (*cross_entropy)(float* logits, const int64_t* targets, const float* weights, int64_t count, int64_t first, int64_t end,
                        float* losses, bool with_gradient);
};

const Kernels& kernels();

}  // namespace trs
