// Sums gradients over the processes of a group while backward is still at work: as soon as the last gradient of a bucket is there, the
// bucket is on its way. Buckets leave in one order, the same in all processes, whatever the order in which backward fills them.
#include "group.h"

#if TRS_C10D
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace {

using torch::autograd::variable_list;

struct Member {
  size_t parameter;
  int64_t offset;
  int64_t count;
};

// Gradients of several parameters behind one another, then for each of them 1 where this process has one: a parameter that no process
// used keeps having none. Half precision is summed in Float32.
struct Bucket {
  std::vector<Member> members;
  at::Tensor buffer;
  int64_t length = 0;
  size_t missing = 0;
  bool all_here = true;
  trs::Work work;
};

class Reducer {
 public:
  Reducer(trs::Group& group, std::vector<at::Tensor> parameters, int64_t bucket_bytes);
  ~Reducer();
  void begin();
  int32_t finish();
  void arrived(size_t parameter);

 private:
  void fill(int64_t bucket_bytes);
  void launch(Bucket& bucket);
  void take(Bucket& bucket);

  trs::Group& group_;
  std::vector<at::Tensor> parameters_;
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators_;
  std::vector<uintptr_t> hooks_;
  std::vector<Bucket> buckets_;
  std::vector<size_t> bucket_of_;
  std::vector<bool> here_;
  std::mutex mutex_;
  size_t next_ = 0;  // the first bucket that is not on its way
  bool armed_ = false;
  bool late_ = false;
};

// Runs after a gradient has been added to its parameter's.
struct Arrival final : torch::autograd::FunctionPostHook {
  Arrival(Reducer& reducer, size_t parameter) : reducer(reducer), parameter(parameter) {}

  variable_list operator()(const variable_list& outputs, const variable_list&) override {
    reducer.arrived(parameter);
    return outputs;
  }

  Reducer& reducer;
  size_t parameter;
};

at::ScalarType sum_type(const at::Tensor& tensor) { return tensor.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }

Reducer::Reducer(trs::Group& group, std::vector<at::Tensor> parameters, int64_t bucket_bytes)
    : group_(group), parameters_(std::move(parameters)), bucket_of_(parameters_.size()), here_(parameters_.size()) {
  fill(bucket_bytes);
  for (size_t i = 0; i < parameters_.size(); i++) {
    accumulators_.push_back(torch::autograd::impl::grad_accumulator(parameters_[i]));
    hooks_.push_back(accumulators_[i]->add_post_hook(std::make_unique<Arrival>(*this, i)));
  }
}

Reducer::~Reducer() {
  for (size_t i = 0; i < hooks_.size(); i++) accumulators_[i]->del_post_hook(hooks_[i]);
}

// From the last parameter to the first: about the order in which backward reaches them.
void Reducer::fill(int64_t bucket_bytes) {
  for (size_t i = parameters_.size(); i-- > 0;) {
    const at::Tensor& parameter = parameters_[i];
    at::TensorOptions options = parameter.options().requires_grad(false).dtype(sum_type(parameter));
    const bool fits = !buckets_.empty() && buckets_.back().buffer.options().type_equal(options) &&
                      buckets_.back().buffer.device() == parameter.device() &&
                      (buckets_.back().length + parameter.numel()) * static_cast<int64_t>(options.dtype().itemsize()) <= bucket_bytes;
    if (!fits) {
      buckets_.emplace_back();
      buckets_.back().buffer = at::empty({0}, options);
    }
    Bucket& bucket = buckets_.back();
    bucket.members.push_back({i, bucket.length, parameter.numel()});
    bucket.length += parameter.numel();
    bucket_of_[i] = buckets_.size() - 1;
  }
  for (Bucket& bucket : buckets_)
    bucket.buffer = at::empty({bucket.length + static_cast<int64_t>(bucket.members.size())}, bucket.buffer.options());
}

void Reducer::begin() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (Bucket& bucket : buckets_) {
    bucket.missing = bucket.members.size();
    bucket.all_here = true;
    bucket.work.reset();
  }
  std::fill(here_.begin(), here_.end(), false);
  next_ = 0;
  late_ = false;
  armed_ = true;
}

void Reducer::arrived(size_t parameter) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!armed_) return;
  Bucket& bucket = buckets_[bucket_of_[parameter]];
  late_ |= bucket.work.defined();
  if (here_[parameter]) return;  // added to once more, before its bucket left
  here_[parameter] = true;
  bucket.missing--;
  while (next_ < buckets_.size() && buckets_[next_].missing == 0) launch(buckets_[next_++]);
}

void Reducer::launch(Bucket& bucket) {
  at::NoGradGuard no_grad;
  at::Tensor here = at::ones({static_cast<int64_t>(bucket.members.size())}, at::kFloat);
  for (size_t i = 0; i < bucket.members.size(); i++) {
    const Member& member = bucket.members[i];
    at::Tensor target = bucket.buffer.narrow(0, member.offset, member.count);
    at::Tensor grad = parameters_[member.parameter].grad();
    if (grad.defined()) {
      target.view(grad.sizes()).copy_(grad);
    } else {
      target.zero_();
      here[static_cast<int64_t>(i)] = 0;
      bucket.all_here = false;
    }
  }
  bucket.buffer.narrow(0, bucket.length, here.numel()).copy_(here);
  bucket.work = group_.all_reduce(bucket.buffer);
}

void Reducer::take(Bucket& bucket) {
  at::NoGradGuard no_grad;
  at::Tensor anywhere;
  if (!bucket.all_here) anywhere = bucket.buffer.narrow(0, bucket.length, static_cast<int64_t>(bucket.members.size())).to(at::kCPU);
  for (size_t i = 0; i < bucket.members.size(); i++) {
    const Member& member = bucket.members[i];
    if (!bucket.all_here && anywhere[static_cast<int64_t>(i)].item<double>() == 0) continue;
    at::Tensor& parameter = parameters_[member.parameter];
    at::Tensor sum = bucket.buffer.narrow(0, member.offset, member.count).view(parameter.sizes());
    if (parameter.grad().defined()) {
      parameter.mutable_grad().copy_(sum);
    } else {
      parameter.mutable_grad() = at::empty_like(parameter).copy_(sum);
    }
  }
}

int32_t Reducer::finish() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!armed_) throw std::runtime_error("the reduction was finished before it was begun");
  armed_ = false;
  const auto early = static_cast<int32_t>(next_);
  while (next_ < buckets_.size()) launch(buckets_[next_++]);
  for (Bucket& bucket : buckets_) bucket.work->wait();
  if (late_) return -1;
  for (Bucket& bucket : buckets_) take(bucket);
  return early;
}

}  // namespace

int32_t trs_reducer_new(trs_group group, const trs_tensor* parameters, int32_t count, int64_t bucket_bytes, trs_reducer* out) {
  return trs::guarded([&] {
    std::vector<at::Tensor> tensors;
    for (int32_t i = 0; i < count; i++) tensors.push_back(trs::borrow(parameters[i]));
    *out = new Reducer(*static_cast<trs::Group*>(group), std::move(tensors), bucket_bytes);
  });
}

int32_t trs_reducer_begin(trs_reducer reducer) {
  return trs::guarded([&] { static_cast<Reducer*>(reducer)->begin(); });
}

int32_t trs_reducer_finish(trs_reducer reducer, int32_t* early) {
  return trs::guarded([&] { *early = static_cast<Reducer*>(reducer)->finish(); });
}

void trs_reducer_free(trs_reducer reducer) { delete static_cast<Reducer*>(reducer); }

#else

int32_t trs_reducer_new(trs_group, const trs_tensor*, int32_t, int64_t, trs_reducer*) { return trs::guarded(trs::no_group); }

int32_t trs_reducer_begin(trs_reducer) { return trs::guarded(trs::no_group); }

int32_t trs_reducer_finish(trs_reducer, int32_t*) { return trs::guarded(trs::no_group); }

void trs_reducer_free(trs_reducer) {}

#endif
