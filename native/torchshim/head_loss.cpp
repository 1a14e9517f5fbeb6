// thinkrec::head_cross_entropy: the product with the output head and the cross-entropy of its rows, some rows at a time, with the gradients
// made on the way: logits of all rows never exist at once.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "cpu/kernels.h"
#include "internal.h"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t cpu_elements = int64_t{1} << 22;  // logits at a time
constexpr int64_t gpu_elements = int64_t{1} << 27;

// Losses of logits, which become their own gradient.
at::Tensor losses_of(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& weights, bool with_gradient) {
  int64_t rows = logits.size(0), count = logits.size(1);
  if (logits.is_cpu()) {
    at::Tensor losses = at::empty({rows}, logits.options());
    at::parallel_for(0, rows, std::max<int64_t>(1, 16384 / count), [&](int64_t first, int64_t end) {
      trs::kernels().cross_entropy(logits.data_ptr<float>(), targets.data_ptr<int64_t>(), weights.data_ptr<float>(), count, first, end,
                                   losses.data_ptr<float>(), with_gradient);
    });
    return losses;
  }
  at::Tensor ignored = targets.lt(0), own = targets.clamp_min(0).unsqueeze(1), log = at::log_softmax(logits, 1);
  at::Tensor losses = log.gather(1, own).squeeze(1).neg().masked_fill(ignored, 0);
  if (with_gradient) {
    at::Tensor factor = weights.masked_fill(ignored, 0).unsqueeze(1);
    logits.copy_(log.exp().mul_(factor));
    logits.scatter_add_(1, own, factor.neg());
  }
  return losses;
}

struct HeadCrossEntropy : torch::autograd::Function<HeadCrossEntropy> {
  static variable_list forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                               const at::Tensor& weights, bool of_hidden, bool of_head) {
    int64_t rows = hidden.size(0), step = std::max<int64_t>(1, (hidden.is_cuda() ? gpu_elements : cpu_elements) / head.size(0));
    at::Tensor losses = at::zeros({rows}, weights.options());
    at::Tensor grad_hidden = of_hidden ? at::empty_like(hidden) : at::Tensor(), grad_head = of_head ? at::zeros_like(head) : at::Tensor();
    for (int64_t first = 0; first < rows; first += step) {
      int64_t some = std::min(step, rows - first);
      at::Tensor part = hidden.narrow(0, first, some).to(head.scalar_type());
      at::Tensor logits = at::mm(part, head.t()).to(at::kFloat);
      losses.narrow(0, first, some)
          .copy_(losses_of(logits, targets.narrow(0, first, some), weights.narrow(0, first, some), of_hidden || of_head));
      logits = logits.to(head.scalar_type());
      if (of_hidden) grad_hidden.narrow(0, first, some).copy_(at::mm(logits, head));
      if (of_head) grad_head.addmm_(logits.t(), part);
    }
    context->save_for_backward({grad_hidden, grad_head});
    at::Tensor each = losses;
    context->mark_non_differentiable({each});
    return {at::dot(losses, weights), each};
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list saved = context->get_saved_variables();
    auto times = [&](const at::Tensor& made) { return made.defined() ? made.mul(grads[0].to(made.scalar_type())) : at::Tensor(); };
    return {times(saved[0]), times(saved[1]), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

std::tuple<at::Tensor, at::Tensor> head_cross_entropy(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                                                      const at::Tensor& weights) {
  TORCH_CHECK(hidden.dim() == 2 && head.dim() == 2 && hidden.size(1) == head.size(1), "hidden states ", hidden.sizes(), " and head ",
              head.sizes(), " do not fit");
  TORCH_CHECK(targets.scalar_type() == at::kLong && targets.dim() == 1 && targets.size(0) == hidden.size(0) && targets.is_contiguous(),
              "targets must be Int64 [", hidden.size(0), "]");
  TORCH_CHECK(weights.scalar_type() == at::kFloat && weights.sizes() == targets.sizes() && weights.is_contiguous(),
              "weights must be Float32 [", hidden.size(0), "]");
  TORCH_CHECK(!targets.is_cpu() || targets.numel() == 0 || targets.max().item<int64_t>() < head.size(0), "a target is not below ",
              head.size(0));
  bool records = at::GradMode::is_enabled();
  variable_list result =
      HeadCrossEntropy::apply(hidden, head, targets, weights, records && hidden.requires_grad(), records && head.requires_grad());
  return {result[0], result[1]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(thinkrec, library) {
  library.def("head_cross_entropy(Tensor hidden, Tensor head, Tensor targets, Tensor weights) -> (Tensor total, Tensor each)",
              &head_cross_entropy);
}
