// Tensors, autograd switches, generators and process-wide settings.
#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "internal.h"

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

at::Generator generator_of(void* handle) { return handle ? *static_cast<at::Generator*>(handle) : at::detail::getDefaultCPUGenerator(); }

}  // namespace

namespace trs {

void set_error(const std::string& text) { last_error = text; }

trs_tensor give(at::Tensor tensor) {
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return tensor.unsafeReleaseTensorImpl();
}

}  // namespace trs

int32_t trs_abi() { return TRS_ABI; }

const char* trs_torch_version() { return TORCH_VERSION; }

const char* trs_last_error() { return last_error.c_str(); }

void trs_init(int32_t threads) {
  trs::install_allocator();
  at::globalContext().setFlushDenormal(true);
  if (threads > 0) at::set_num_threads(threads);
}

int32_t trs_threads() { return at::get_num_threads(); }

void trs_flush_denormals() { at::globalContext().setFlushDenormal(true); }

const char* trs_blas_core() {
  auto name = reinterpret_cast<char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name ? name() : "";
}

int32_t trs_cuda_devices() {
  try {
    return at::globalContext().hasCUDA() ? static_cast<int32_t>(at::getNumGPUs()) : 0;
  } catch (...) {
    return 0;
  }
}

int32_t trs_synchronize(int32_t device_type, int32_t device_index) {
  return trs::guarded([&] {
    if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CUDA)
      at::detail::getCUDAHooks().deviceSynchronize(static_cast<c10::DeviceIndex>(device_index));
  });
}

void trs_tensor_free(trs_tensor t) {
  if (t == nullptr) return;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
  c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(static_cast<c10::TensorImpl*>(t));
}

int64_t trs_tensor_count() { return live_tensors.load(std::memory_order_relaxed); }

int32_t trs_tensor_from(const void* data, int64_t bytes, int32_t dtype, const int64_t* sizes, int32_t rank, trs_tensor* out) {
  return trs::guarded([&] {
    at::Tensor tensor = at::empty(at::IntArrayRef(sizes, rank), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    if (static_cast<int64_t>(tensor.nbytes()) != bytes)
      throw std::runtime_error("the shape needs " + std::to_string(tensor.nbytes()) + " bytes but " + std::to_string(bytes) +
                               " were given");
    if (bytes > 0) std::memcpy(tensor.data_ptr(), data, bytes);
    *out = trs::give(std::move(tensor));
  });
}

int32_t trs_tensor_copy_out(trs_tensor t, void* buffer, int64_t bytes) {
  return trs::guarded([&] {
    at::Tensor tensor = trs::borrow(t).detach().to(at::kCPU).contiguous();
    if (static_cast<int64_t>(tensor.nbytes()) != bytes)
      throw std::runtime_error("the tensor has " + std::to_string(tensor.nbytes()) + " bytes but the buffer " + std::to_string(bytes));
    if (bytes > 0) std::memcpy(buffer, tensor.data_ptr(), bytes);
  });
}

int32_t trs_tensor_info(trs_tensor t, int64_t* info, int32_t capacity) {
  return trs::guarded([&] {
    auto impl = static_cast<c10::TensorImpl*>(t);
    auto sizes = impl->sizes();
    info[0] = static_cast<int64_t>(c10::typeMetaToScalarType(impl->dtype()));
    info[1] = static_cast<int64_t>(impl->device().type());
    info[2] = impl->device().index();
    info[3] = impl->requires_grad();
    info[4] = impl->is_contiguous();
    info[5] = static_cast<int64_t>(sizes.size());
    for (size_t i = 0; i < std::min<size_t>(sizes.size(), capacity); i++) info[6 + i] = sizes[i];
  });
}

void* trs_tensor_data(trs_tensor t) {
  void* data = nullptr;
  trs::guarded([&] { data = trs::borrow(t).data_ptr(); });
  return data;
}

int32_t trs_backward(trs_tensor loss) {
  return trs::guarded([&] { trs::borrow(loss).backward(); });
}

int32_t trs_grad(trs_tensor t, trs_tensor* out) {
  return trs::guarded([&] {
    at::Tensor grad = trs::borrow(t).grad();
    *out = grad.defined() ? trs::give(std::move(grad)) : nullptr;
  });
}

int32_t trs_set_grad(trs_tensor t, trs_tensor grad) {
  return trs::guarded([&] { trs::borrow(t).mutable_grad() = trs::borrow(grad); });
}

int32_t trs_set_requires_grad(trs_tensor t, int32_t on) {
  return trs::guarded([&] { trs::borrow(t).set_requires_grad(on != 0); });
}

int32_t trs_grad_mode(int32_t on) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(on != 0);
  return before;
}

void* trs_inference_begin() { return new c10::InferenceMode(true); }

void trs_inference_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

int32_t trs_generator_new(int64_t seed, void** out) {
  return trs::guarded([&] { *out = new at::Generator(at::make_generator<at::CPUGeneratorImpl>(static_cast<uint64_t>(seed))); });
}

void trs_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }

int32_t trs_generator_seed(void* generator, int64_t seed) {
  return trs::guarded([&] {
    at::Generator g = generator_of(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    g.set_current_seed(static_cast<uint64_t>(seed));
  });
}

int32_t trs_generator_get(void* generator, trs_tensor* state) {
  return trs::guarded([&] {
    at::Generator g = generator_of(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    *state = trs::give(g.get_state());
  });
}

int32_t trs_generator_set(void* generator, trs_tensor state) {
  return trs::guarded([&] {
    at::Generator g = generator_of(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    g.set_state(trs::borrow(state));
  });
}
