// Operators of our own that a decoder's layers are made of, each with its backward, in Float32 on the CPU: one pass over memory where a
// chain of ATen operators takes ten, and no scores of a whole sequence.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <memory>

#include "cpu/kernels.h"
#include "internal.h"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t grain = 16384;  // elements that are worth a thread

void require(const at::Tensor& x, const char* name) {
  TORCH_CHECK(x.is_cpu() && x.scalar_type() == at::kFloat && x.is_contiguous(), name, " must be Float32, contiguous and on the CPU but is ",
              x.toString(), x.sizes());
}

int64_t rows_grain(int64_t size) { return std::max<int64_t>(1, grain / std::max<int64_t>(size, 1)); }

// Sequences one behind the other in rows of heads.
struct Sequences {
  at::Tensor offsets, cos, sin;
  int64_t heads, key_heads, head_size;
  float scale;

  int64_t count() const { return offsets.numel() - 1; }

  // Runs body(task, scratch) for each sequence and key head. lse is [heads, tokens].
  template <typename Body>
  void each(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, float* out, float* lse, bool backward, Body&& body) const {
    const int64_t* starts = offsets.data_ptr<int64_t>();
    int64_t longest = 0;
    for (int64_t i = 0; i < count(); i++) longest = std::max(longest, starts[i + 1] - starts[i]);
    int64_t sharing = heads / key_heads, scratch_size = trs::kernels().attention_scratch(longest, head_size, backward);
    at::parallel_for(0, count() * key_heads, 1, [&](int64_t first, int64_t end) {
      at::Tensor scratch = at::empty({scratch_size}, at::kFloat);
      for (int64_t i = first; i < end; i++) {
        int64_t start = starts[i / key_heads], group = i % key_heads, length = starts[i / key_heads + 1] - start;
        if (length == 0) continue;
        int64_t query = start * heads * head_size + group * sharing * head_size, key = start * key_heads * head_size + group * head_size;
        trs::AttentionTask task{q.data_ptr<float>() + query,
                                k.data_ptr<float>() + key,
                                v.data_ptr<float>() + key,
                                cos.defined() ? cos.data_ptr<float>() : nullptr,
                                sin.defined() ? sin.data_ptr<float>() : nullptr,
                                out + query,
                                lse + start * heads + group * sharing * length,
                                length,
                                sharing,
                                head_size,
                                heads * head_size,
                                key_heads * head_size,
                                scale};
        body(task, query, key, scratch.data_ptr<float>());
      }
    });
  }
};

struct CausalAttention : torch::autograd::Function<CausalAttention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const trs::OptionalTensor& some_cos, const trs::OptionalTensor& some_sin, const at::Tensor& offsets,
                            int64_t heads, int64_t key_heads) {
    at::Tensor cos = some_cos.value_or(at::Tensor()), sin = some_sin.value_or(at::Tensor());
    Sequences s{offsets, cos, sin, heads, key_heads, q.size(-1) / heads, 1 / std::sqrt(static_cast<float>(q.size(-1) / heads))};
    at::Tensor out = at::empty_like(q), lse = at::empty({q.numel() / q.size(-1) * heads}, q.options());
    s.each(q, k, v, out.data_ptr<float>(), lse.data_ptr<float>(), false,
           [](const trs::AttentionTask& task, int64_t, int64_t, float* scratch) { trs::kernels().attention(task, scratch); });
    context->save_for_backward({q, k, v, out, lse, cos, sin, offsets});
    context->saved_data["heads"] = heads;
    context->saved_data["key_heads"] = key_heads;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list saved = context->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2];
    int64_t heads = context->saved_data["heads"].toInt(), key_heads = context->saved_data["key_heads"].toInt();
    Sequences s{saved[7], saved[5], saved[6], heads, key_heads, q.size(-1) / heads, 1 / std::sqrt(static_cast<float>(q.size(-1) / heads))};
    at::Tensor grad = grads[0].contiguous(), grad_q = at::empty_like(q), grad_k = at::empty_like(k), grad_v = at::empty_like(v);
    s.each(q, k, v, saved[3].data_ptr<float>(), saved[4].data_ptr<float>(), true,
           [&](const trs::AttentionTask& task, int64_t query, int64_t key, float* scratch) {
             trs::kernels().attention_backward(task,
                                               {grad.data_ptr<float>() + query, grad_q.data_ptr<float>() + query,
                                                grad_k.data_ptr<float>() + key, grad_v.data_ptr<float>() + key},
                                               scratch);
           });
    return {grad_q, grad_k, grad_v, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const trs::OptionalTensor& cos,
                            const trs::OptionalTensor& sin, const at::Tensor& offsets, int64_t heads, int64_t key_heads) {
  require(q, "q"), require(k, "k"), require(v, "v");
  TORCH_CHECK(heads > 0 && key_heads > 0 && heads % key_heads == 0 && q.size(-1) % heads == 0, "q ", q.sizes(), " does not divide into ",
              heads, " heads that share ", key_heads);
  int64_t size = q.size(-1) / heads, tokens = q.numel() / q.size(-1), longest = 0;
  TORCH_CHECK(k.size(-1) == key_heads * size && v.sizes() == k.sizes() && k.numel() == tokens * k.size(-1), "k and v must have ", tokens,
              " rows of ", key_heads * size, " but are ", k.sizes(), " and ", v.sizes());
  TORCH_CHECK(
      offsets.is_cpu() && offsets.scalar_type() == at::kLong && offsets.is_contiguous() && offsets.dim() == 1 && offsets.numel() > 0,
      "offsets must be Int64 on the CPU");
  const int64_t* starts = offsets.data_ptr<int64_t>();
  for (int64_t i = 0; i + 1 < offsets.numel(); i++) {
    TORCH_CHECK(starts[i + 1] >= starts[i], "offsets must not fall");
    longest = std::max(longest, starts[i + 1] - starts[i]);
  }
  TORCH_CHECK(starts[0] == 0 && starts[offsets.numel() - 1] == tokens, "offsets must go from 0 to ", tokens);
  at::Tensor c = cos.value_or(at::Tensor()), s = sin.value_or(at::Tensor());
  TORCH_CHECK(c.defined() == s.defined(), "cos and sin belong together");
  if (c.defined()) {
    require(c, "cos"), require(s, "sin");
    TORCH_CHECK(size % 2 == 0 && c.dim() == 2 && c.size(1) == size && s.sizes() == c.sizes() && c.size(0) >= longest,
                "cos and sin must have ", longest, " rows of ", size, " but are ", c.sizes());
  }
  return CausalAttention::apply(q, k, v, cos, sin, offsets, heads, key_heads);
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, double eps) {
    int64_t size = x.size(-1), rows = x.numel() / size;
    at::Tensor y = at::empty_like(x), scale = at::empty({rows}, x.options());
    at::parallel_for(0, rows, rows_grain(size), [&](int64_t first, int64_t end) {
      trs::kernels().rms_norm(x.data_ptr<float>(), weight.data_ptr<float>(), static_cast<float>(eps), size, first, end, y.data_ptr<float>(),
                              scale.data_ptr<float>());
    });
    context->save_for_backward({x, weight, scale});
    context->saved_data["x"] = x.requires_grad();
    context->saved_data["weight"] = weight.requires_grad();
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    int64_t size = x.size(-1), rows = x.numel() / size;
    bool of_weight = context->saved_data["weight"].toBool();
    at::Tensor grad = grads[0].contiguous(), grad_x = context->saved_data["x"].toBool() ? at::empty_like(x) : at::Tensor();
    // A fixed number of parts, so that sums do not depend on the number of threads.
    constexpr int64_t parts = 16;
    at::Tensor part_sums = of_weight ? at::zeros({parts, size}, x.options()) : at::Tensor();
    at::parallel_for(0, parts, rows * size < grain ? parts : 1, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; i++) {
        trs::kernels().rms_norm_backward(grad.data_ptr<float>(), x.data_ptr<float>(), weight.data_ptr<float>(), saved[2].data_ptr<float>(),
                                         size, rows * i / parts, rows * (i + 1) / parts,
                                         grad_x.defined() ? grad_x.data_ptr<float>() : nullptr,
                                         of_weight ? part_sums.data_ptr<float>() + i * size : nullptr);
      }
    });
    return {grad_x, of_weight ? part_sums.sum(0) : at::Tensor(), at::Tensor()};
  }
};

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  require(x, "x"), require(weight, "weight");
  TORCH_CHECK(weight.dim() == 1 && x.dim() > 0 && x.size(-1) == weight.size(0), "x ", x.sizes(), " and weight ", weight.sizes(),
              " do not fit");
  return RmsNorm::apply(x, weight, eps);
}

struct Swiglu : torch::autograd::Function<Swiglu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    at::Tensor y = at::empty_like(gate);
    at::parallel_for(0, gate.numel(), grain, [&](int64_t first, int64_t end) {
      trs::kernels().swiglu(gate.data_ptr<float>(), up.data_ptr<float>(), first, end, y.data_ptr<float>());
    });
    context->save_for_backward({gate, up});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list saved = context->get_saved_variables();
    at::Tensor grad = grads[0].contiguous(), grad_gate = at::empty_like(saved[0]), grad_up = at::empty_like(saved[1]);
    at::parallel_for(0, grad.numel(), grain, [&](int64_t first, int64_t end) {
      trs::kernels().swiglu_backward(grad.data_ptr<float>(), saved[0].data_ptr<float>(), saved[1].data_ptr<float>(), first, end,
                                     grad_gate.data_ptr<float>(), grad_up.data_ptr<float>());
    });
    return {grad_gate, grad_up};
  }
};

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
  require(gate, "gate"), require(up, "up");
  TORCH_CHECK(gate.sizes() == up.sizes(), "gate ", gate.sizes(), " and up ", up.sizes(), " differ");
  return Swiglu::apply(gate, up);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(thinkrec, library) {
  library.def(
      "causal_attention(Tensor q, Tensor k, Tensor v, Tensor? cos, Tensor? sin, Tensor offsets, int heads, int key_heads) -> Tensor",
      &causal_attention);
  library.def("rms_norm(Tensor x, Tensor weight, float eps) -> Tensor", &rms_norm);
  library.def("swiglu(Tensor gate, Tensor up) -> Tensor", &swiglu);
}
