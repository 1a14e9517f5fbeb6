// Shared by group.cpp and reducer.cpp; not part of the ABI.
#pragma once
#include "internal.h"

// Gloo's headers are not part of every libtorch; without them, or with TRS_NO_C10D, the shim has no process groups and says so.
#if !defined(TRS_NO_C10D) && __has_include(<gloo/context.h>) && __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>)
#define TRS_C10D 1
#define USE_C10D_GLOO 1
#include <torch/version.h>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace trs {

#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif

using Work = c10::intrusive_ptr<c10d::Work>;

// The processes that work together: main memory goes through Gloo, a GPU's memory through NCCL where there is one.
struct Group {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<Backend> gloo;
  c10::intrusive_ptr<Backend> nccl;
  int size;

  Backend& of(const at::Tensor& tensor) { return tensor.is_cuda() && nccl ? *nccl : *gloo; }

  Work all_reduce(at::Tensor tensor);
};

}  // namespace trs
#else
#define TRS_C10D 0
#endif

namespace trs {

[[noreturn]] inline void no_group() {
  throw std::runtime_error("this shim was built without process groups, because Gloo's headers or libtorch's c10d were not there");
}

}  // namespace trs
