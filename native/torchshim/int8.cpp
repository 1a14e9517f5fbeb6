// thinkrec::linear_int8: the product with a weight of 8-bit integers and one scale for each row. libtorch's own operators can compute it,
// but each would keep a floating copy of the weight until backward; this one keeps the integers.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>

#include "internal.h"

namespace {

// How many elements are made floating at a time: on the CPU 16 MiB of Float32; on a GPU as good as any weight, since its small products are
// slow.
constexpr int64_t cpu_block = int64_t{1} << 22;
constexpr int64_t gpu_block = int64_t{1} << 28;

bool is_half(const at::Tensor& x) { return x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16; }

// Rows of the weight in the activations' type. In half precision they carry their scales, since bare integers would overflow a sum; in
// Float32 the caller scales what is smaller: the outputs, or their gradients.
at::Tensor widened(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scale, int64_t first, int64_t rows) {
  at::Tensor wide = weight.narrow(0, first, rows).to(x.scalar_type());
  if (is_half(x)) wide.mul_(scale.narrow(0, first, rows).unsqueeze(1));
  return wide;
}

template <typename Body>
void each_block(const at::Tensor& weight, Body&& body) {
  int64_t elements = weight.is_cuda() ? gpu_block : cpu_block;
  int64_t step = std::max<int64_t>(elements / std::max<int64_t>(weight.size(1), 1), 1);
  for (int64_t first = 0; first < weight.size(0); first += step) body(first, std::min(step, weight.size(0) - first));
}

// x [.., in] with weight [out, in]: [.., out].
at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scale) {
  at::Tensor flat = x.reshape({-1, weight.size(1)});
  at::Tensor y = at::empty({flat.size(0), weight.size(0)}, x.options().requires_grad(false));
  each_block(weight, [&](int64_t first, int64_t rows) {
    at::Tensor wide = widened(x, weight, scale, first, rows);
    at::Tensor part = y.narrow(1, first, rows);
    if (flat.size(0) == 1) {
      part.select(0, 0).copy_(at::mv(wide, flat.select(0, 0)));  // BLAS is faster at it than at a matrix of one row
    } else {
      at::mm_out(part, flat, wide.t());
    }
  });
  if (!is_half(x)) y.mul_(scale);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return y.reshape(shape);
}

// The gradient [.., out] of the product with respect to x: [.., in]. Blocks add up in Float32.
at::Tensor gradient(const at::Tensor& grad, const at::Tensor& weight, const at::Tensor& scale) {
  at::Tensor flat = grad.reshape({-1, weight.size(0)});
  if (!is_half(grad)) flat = flat * scale;
  at::Tensor total = at::zeros({flat.size(0), weight.size(1)}, grad.options().dtype(at::promote_types(grad.scalar_type(), at::kFloat)));
  each_block(weight, [&](int64_t first, int64_t rows) {
    total.add_(at::mm(flat.narrow(1, first, rows), widened(grad, weight, scale, first, rows)));
  });
  std::vector<int64_t> shape = grad.sizes().vec();
  shape.back() = weight.size(1);
  return total.to(grad.scalar_type()).reshape(shape);
}

struct LinearInt8 : torch::autograd::Function<LinearInt8> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& scale) {
    context->save_for_backward({weight, scale});
    return product(x, weight, scale);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list grads) {
    torch::autograd::variable_list saved = context->get_saved_variables();
    return {gradient(grads[0], saved[0], saved[1]), at::Tensor(), at::Tensor()};
  }
};

at::Tensor linear_int8(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scale) {
  TORCH_CHECK(weight.dim() == 2 && weight.scalar_type() == at::kChar, "weight must be Int8 [out, in] but is ", weight.toString(),
              weight.sizes());
  TORCH_CHECK(scale.scalar_type() == at::kFloat && scale.dim() == 1 && scale.size(0) == weight.size(0), "scale must be Float32 [",
              weight.size(0), "] but is ", scale.toString(), scale.sizes());
  TORCH_CHECK(at::isFloatingType(x.scalar_type()) && x.dim() > 0 && x.size(-1) == weight.size(1), "x must be floating [.., ",
              weight.size(1), "] but is ", x.toString(), x.sizes());
  return at::GradMode::is_enabled() && x.requires_grad() ? LinearInt8::apply(x, weight, scale) : product(x, weight, scale);
}

}  // namespace

TORCH_LIBRARY(thinkrec, library) { library.def("linear_int8(Tensor x, Tensor weight, Tensor scale) -> Tensor", &linear_int8); }
