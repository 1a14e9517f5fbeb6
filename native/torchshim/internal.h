// Shared by the shim's sources; not part of the ABI.
#pragma once
#include <ATen/ATen.h>
#include <torch/version.h>

#include <exception>
#include <string>

#include "shim.h"

namespace trs {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
using OptionalTensor = std::optional<at::Tensor>;
#else
using OptionalTensor = c10::optional<at::Tensor>;
#endif

void set_error(const std::string& text);

// Makes libtorch reuse freed CPU buffers.
void install_allocator();

// Adds one reference for the caller of the C ABI.
trs_tensor give(at::Tensor tensor);

// A new reference to a borrowed handle.
inline at::Tensor borrow(trs_tensor handle) {
  if (handle == nullptr) return at::Tensor();
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(static_cast<c10::TensorImpl*>(handle)));
}

// Runs `body`; any exception becomes a status and a text, none leaves the shim.
template <typename Body>
int32_t guarded(Body&& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    set_error(e.what_without_backtrace());
  } catch (const std::exception& e) {
    set_error(e.what());
  } catch (...) {
    set_error("an exception of unknown type");
  }
  return 1;
}

}  // namespace trs
