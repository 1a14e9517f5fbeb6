// thinkrec::lora_linears: several projections of one input, frozen or not, with low-rank branches beside some, in Float32 on the CPU. The
// input's gradient is one sum that products add to; a dropped input is never stored, since a hash says what is dropped.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <mutex>

#include "cpu/kernels.h"
#include "internal.h"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t few_rows = 64;  // worth a thread

trs::Dropout draw(double probability) {
  if (probability <= 0) return {0, 0, 1};
  auto* generator = at::get_generator_or_default<at::CPUGeneratorImpl>({}, at::detail::getDefaultCPUGenerator());
  std::lock_guard<std::mutex> lock(generator->mutex_);
  auto threshold = static_cast<uint32_t>(probability * 4294967296.0);
  return {generator->random64(), threshold, static_cast<float>(1 / (1 - threshold / 4294967296.0))};
}

trs::Dropout saved_dropout(AutogradContext* context, size_t i) {
  c10::List<int64_t> seeds = context->saved_data["seeds"].toIntList();
  return {static_cast<uint64_t>(seeds.get(i)), static_cast<uint32_t>(context->saved_data["threshold"].toInt()),
          static_cast<float>(context->saved_data["kept"].toDouble())};
}

at::Tensor down_product(const at::Tensor& x, const at::Tensor& a, const trs::Dropout& dropout) {
  const trs::Kernels& kernels = trs::kernels();
  int64_t rows = x.size(0), size = x.size(1), rank = a.size(0), wide = kernels.padded(rank);
  at::Tensor columns = at::zeros({size, wide}, x.options()), down = at::empty({rows, rank}, x.options());
  columns.narrow(1, 0, rank).copy_(a.t());
  at::parallel_for(0, rows, few_rows, [&](int64_t first, int64_t end) {
    at::Tensor scratch = at::empty({16 * (kernels.padded(size) + wide)}, at::kFloat);
    kernels.low_rank_down(x.data_ptr<float>(), columns.data_ptr<float>(), dropout, size, rank, first, end, down.data_ptr<float>(),
                          scratch.data_ptr<float>());
  });
  return down;
}

void add_down_gradient(const at::Tensor& grad_down, const at::Tensor& a, const trs::Dropout& dropout, const at::Tensor& grad_x) {
  at::parallel_for(0, grad_x.size(0), few_rows, [&](int64_t first, int64_t end) {
    trs::kernels().low_rank_down_backward(grad_down.data_ptr<float>(), a.data_ptr<float>(), dropout, a.size(1), a.size(0), first, end,
                                          grad_x.data_ptr<float>());
  });
}

at::Tensor factor_gradient(const at::Tensor& grad_down, const at::Tensor& x, const at::Tensor& a, const trs::Dropout& dropout) {
  at::Tensor grad = at::empty_like(a);
  int64_t strip = trs::kernels().padded(1);
  at::parallel_for(0, (a.size(1) + strip - 1) / strip, 1, [&](int64_t first, int64_t end) {
    trs::kernels().low_rank_factor_gradient(grad_down.data_ptr<float>(), x.data_ptr<float>(), dropout, a.size(1), a.size(0), x.size(0),
                                            first * strip, std::min(end * strip, a.size(1)), grad.data_ptr<float>());
  });
  return grad;
}

struct LoraLinears : torch::autograd::Function<LoraLinears> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x, at::TensorList weights, at::TensorList a, at::TensorList b,
                               at::IntArrayRef which, at::ArrayRef<double> scales, double dropout) {
    at::Tensor flat = x.reshape({-1, x.size(-1)});
    variable_list outputs, rows, kept{x};
    c10::List<bool> wanted({x.requires_grad()});
    std::vector<int64_t> shape = x.sizes().vec();
    for (const at::Tensor& weight : weights) {
      shape.back() = weight.size(0);
      outputs.push_back(at::empty(shape, x.options().requires_grad(false)));
      rows.push_back(outputs.back().view({-1, weight.size(0)}));
      if (flat.size(0) == 1) {
        at::Tensor only = rows.back().select(0, 0);
        at::mv_out(only, weight, flat.select(0, 0));  // BLAS is faster at it than at a matrix of one row
      } else {
        at::mm_out(rows.back(), flat, weight.t());
      }
      kept.push_back(weight);
      wanted.push_back(weight.requires_grad());
    }
    c10::List<int64_t> seeds;
    trs::Dropout drawn{0, 0, 1};
    for (size_t i = 0; i < a.size(); i++) {
      drawn = draw(dropout);
      seeds.push_back(static_cast<int64_t>(drawn.seed));
      at::Tensor down = down_product(flat, a[i], drawn);
      rows[which[i]].addmm_(down, b[i].t(), 1, scales[i]);
      kept.insert(kept.end(), {a[i], b[i], down});
      wanted.push_back(a[i].requires_grad());
      wanted.push_back(b[i].requires_grad());
    }
    context->save_for_backward(kept);
    context->set_materialize_grads(false);
    context->saved_data["wanted"] = wanted;
    context->saved_data["seeds"] = seeds;
    context->saved_data["threshold"] = static_cast<int64_t>(drawn.threshold);
    context->saved_data["kept"] = static_cast<double>(drawn.scale);
    context->saved_data["which"] = which.vec();
    context->saved_data["scales"] = scales.vec();
    return outputs;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list saved = context->get_saved_variables();
    c10::List<bool> wanted = context->saved_data["wanted"].toBoolList();
    std::vector<int64_t> which = context->saved_data["which"].toIntVector();
    std::vector<double> scales = context->saved_data["scales"].toDoubleVector();
    const at::Tensor& x = saved[0];
    at::Tensor flat = x.reshape({-1, x.size(-1)}), grad_x;
    size_t count = grads.size();
    variable_list of_weights(count), of_a(which.size()), of_b(which.size());
    for (size_t i = 0; i < count; i++) {
      if (!grads[i].defined()) continue;
      grads[i] = grads[i].reshape({-1, grads[i].size(-1)}).contiguous();
      if (wanted.get(0)) {
        if (grad_x.defined()) {
          grad_x.addmm_(grads[i], saved[1 + i]);
        } else {
          grad_x = at::mm(grads[i], saved[1 + i]);
        }
      }
      if (wanted.get(1 + i)) of_weights[i] = at::mm(grads[i].t(), flat);
    }
    for (size_t i = 0; i < which.size(); i++) {
      const at::Tensor &grad = grads[which[i]], &a = saved[1 + count + 3 * i], &b = saved[2 + count + 3 * i],
                       &down = saved[3 + count + 3 * i];
      if (!grad.defined()) continue;
      trs::Dropout dropout = saved_dropout(context, i);
      at::Tensor grad_down = at::mm(grad, b).mul_(scales[i]);
      if (wanted.get(1 + count + 2 * i)) of_a[i] = factor_gradient(grad_down, flat, a, dropout);
      if (wanted.get(2 + count + 2 * i)) of_b[i] = at::mm(grad.t(), down).mul_(scales[i]);
      if (grad_x.defined()) add_down_gradient(grad_down, a, dropout, grad_x);
    }
    variable_list result{grad_x.defined() ? grad_x.view_as(x) : at::Tensor()};
    for (variable_list* list : {&of_weights, &of_a, &of_b}) result.insert(result.end(), list->begin(), list->end());
    result.resize(result.size() + 3);
    return result;
  }
};

std::vector<at::Tensor> lora_linears(const at::Tensor& x, at::TensorList weights, at::TensorList a, at::TensorList b, at::IntArrayRef which,
                                     at::ArrayRef<double> scales, double dropout) {
  auto fits = [](const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(); };
  TORCH_CHECK(fits(x) && x.dim() > 0, "x must be Float32, contiguous and on the CPU but is ", x.toString(), x.sizes());
  for (const at::Tensor& w : weights) {
    TORCH_CHECK(fits(w) && w.dim() == 2 && w.size(1) == x.size(-1), "a weight must be Float32 [out, ", x.size(-1), "] but is ",
                w.toString(), w.sizes());
  }
  TORCH_CHECK(a.size() == b.size() && a.size() == which.size() && a.size() == scales.size() && dropout >= 0 && dropout < 1,
              "a, b, which and scales must have one length, and dropout must lie in [0, 1)");
  for (size_t i = 0; i < a.size(); i++) {
    TORCH_CHECK(which[i] >= 0 && which[i] < static_cast<int64_t>(weights.size()) && fits(a[i]) && fits(b[i]) && a[i].dim() == 2 &&
                    b[i].dim() == 2 && a[i].size(1) == x.size(-1) && b[i].size(1) == a[i].size(0) &&
                    b[i].size(0) == weights[which[i]].size(0),
                "factors ", a[i].sizes(), " and ", b[i].sizes(), " do not fit their weight");
  }
  return LoraLinears::apply(x, weights, a, b, which, scales, dropout);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(thinkrec, library) {
  library.def("lora_linears(Tensor x, Tensor[] weights, Tensor[] a, Tensor[] b, int[] which, float[] scales, float dropout) -> Tensor[]",
              &lora_linears);
}
