// Process groups: the few collective operations that data-parallel training needs, over c10d.
#include "group.h"

#if TRS_C10D
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>

#if !defined(TRS_NO_NCCL) && __has_include(<nccl.h>) && __has_include(<cuda_runtime_api.h>) && \
    __has_include(<torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>)
#define TRS_NCCL 1
#define USE_C10D_NCCL 1
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#else
#define TRS_NCCL 0
#endif

namespace {

// A collective under way, and the tensors that it reads and writes.
struct Pending {
  trs::Work work;
  at::Tensor tensor;
};

std::chrono::milliseconds ms(int64_t count) { return std::chrono::milliseconds(count); }

trs::Group& group_of(void* handle) { return *static_cast<trs::Group*>(handle); }

// Waits until every rank has come. TCPStore's own wait ends silently in some versions, and cannot name who is missing.
void meet(c10d::Store& store, int rank, int size, std::chrono::milliseconds limit) {
  const auto key = [](int r) { return "rank/" + std::to_string(r); };
  if (store.add(key(rank), 1) > 1) throw std::runtime_error("rank " + std::to_string(rank) + " is there twice");
  const auto end = std::chrono::steady_clock::now() + limit;
  for (int next = 0; next < size; next++) {
    while (!store.check({key(next)})) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("rank " + std::to_string(next) + " is missing");
      std::this_thread::sleep_for(ms(20));
    }
  }
}

// `network` is "", "interface NAME" or "host NAME": where this process listens for the others.
std::shared_ptr<gloo::transport::Device> device_for(const std::string& network) {
  const auto space = network.find(' ');
  if (space == std::string::npos) return c10d::ProcessGroupGloo::createDefaultDevice();
  const std::string name = network.substr(space + 1);
  return network.compare(0, space, "interface") == 0 ? c10d::ProcessGroupGloo::createDeviceForInterface(name)
                                                     : c10d::ProcessGroupGloo::createDeviceForHostname(name);
}

c10::intrusive_ptr<trs::Backend> make_nccl(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, int64_t timeout_ms) {
#if TRS_NCCL
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = ms(timeout_ms);
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl", store), rank, size, options);
#else
  (void)store, (void)rank, (void)size, (void)timeout_ms;
  return {};
#endif
}

}  // namespace

trs::Work trs::Group::all_reduce(at::Tensor tensor) {
  std::vector<at::Tensor> tensors{std::move(tensor)};
  return of(tensors[0]).allreduce(tensors);
}

const char* trs_group_backends() { return TRS_NCCL ? "gloo nccl" : "gloo"; }

int32_t trs_group_store(const char* address, int32_t port, int32_t rank, int32_t size, int64_t connect_ms, trs_group* out) {
  return trs::guarded([&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = rank == 0;
    options.waitWorkers = false;
    options.timeout = ms(connect_ms);
    auto group = std::make_unique<trs::Group>();
    group->store = c10::make_intrusive<c10d::TCPStore>(address, options);
    group->size = size;
    meet(*group->store, rank, size, ms(connect_ms));
    *out = group.release();
  });
}

int32_t trs_group_connect(trs_group handle, const char* network, int32_t rank, int64_t timeout_ms, int32_t gpu) {
  return trs::guarded([&] {
    auto& group = group_of(handle);
    auto options = c10d::ProcessGroupGloo::Options::create(ms(timeout_ms));
    options->devices.push_back(device_for(network));
    group.gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", group.store), rank, group.size, options);
    if (gpu != 0) group.nccl = make_nccl(group.store, rank, group.size, timeout_ms);
  });
}

void trs_group_free(trs_group group) { delete static_cast<trs::Group*>(group); }

int32_t trs_group_all_reduce(trs_group group, trs_tensor tensor, trs_work* out) {
  return trs::guarded([&] {
    at::Tensor t = trs::borrow(tensor);
    *out = new Pending{group_of(group).all_reduce(t), t};
  });
}

int32_t trs_work_wait(trs_work work) {
  return trs::guarded([&] { static_cast<Pending*>(work)->work->wait(); });
}

void trs_work_free(trs_work work) { delete static_cast<Pending*>(work); }

int32_t trs_group_broadcast(trs_group group, trs_tensor tensor, int32_t root) {
  return trs::guarded([&] {
    std::vector<at::Tensor> tensors{trs::borrow(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    group_of(group).of(tensors[0]).broadcast(tensors, options)->wait();
  });
}

int32_t trs_group_all_gather(trs_group handle, trs_tensor tensor, trs_tensor* out) {
  return trs::guarded([&] {
    auto& group = group_of(handle);
    std::vector<at::Tensor> inputs{trs::borrow(tensor).detach().contiguous()};
    std::vector<int64_t> shape = inputs[0].sizes().vec();
    shape.insert(shape.begin(), group.size);
    at::Tensor all = at::empty(shape, inputs[0].options());
    std::vector<std::vector<at::Tensor>> outputs{all.unbind(0)};
    group.of(all).allgather(outputs, inputs)->wait();
    *out = trs::give(std::move(all));
  });
}

int32_t trs_group_barrier(trs_group group) {
  return trs::guarded([&] { group_of(group).gloo->barrier()->wait(); });
}

#else

const char* trs_group_backends() { return ""; }

int32_t trs_group_store(const char*, int32_t, int32_t, int32_t, int64_t, trs_group*) { return trs::guarded(trs::no_group); }

int32_t trs_group_connect(trs_group, const char*, int32_t, int64_t, int32_t) { return trs::guarded(trs::no_group); }

void trs_group_free(trs_group) {}

int32_t trs_group_all_reduce(trs_group, trs_tensor, trs_work*) { return trs::guarded(trs::no_group); }

int32_t trs_work_wait(trs_work) { return trs::guarded(trs::no_group); }

void trs_work_free(trs_work) {}

int32_t trs_group_broadcast(trs_group, trs_tensor, int32_t) { return trs::guarded(trs::no_group); }

int32_t trs_group_all_gather(trs_group, trs_tensor, trs_tensor*) { return trs::guarded(trs::no_group); }

int32_t trs_group_barrier(trs_group) { return trs::guarded(trs::no_group); }

#endif
