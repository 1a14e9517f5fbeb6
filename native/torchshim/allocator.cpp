// Keeps freed CPU buffers for the next tensor of about the same size. glibc gives large buffers back to the kernel, at every free on a
// thread other than the first, and each operator then pays page faults for its result.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "internal.h"

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kSmallest = 4096;                  // smaller buffers are malloc's business
constexpr size_t kKeptAtMost = size_t{2} << 30;     // bytes kept for reuse, all sizes together
constexpr int kClasses = 128;

struct Header {
  size_t capacity;
  int size_class;
};
static_assert(sizeof(Header) <= kAlignment);

std::mutex mutex;
std::array<std::vector<void*>, kClasses> kept;
size_t kept_bytes = 0;

// Four classes per power of two: at most a quarter is wasted.
int class_of(size_t bytes, size_t* capacity) {
  int shift = 63 - __builtin_clzll(bytes);
  size_t quarter = size_t{1} << (shift - 2);
  size_t quarters = (bytes + quarter - 1) / quarter;  // 4 to 8
  *capacity = quarters * quarter;
  return (shift - 12) * 4 + static_cast<int>(quarters - 4);
}

void* from_system(size_t capacity, int size_class) {
  void* base = nullptr;
  if (posix_memalign(&base, kAlignment, capacity + kAlignment) != 0) throw std::bad_alloc();
  new (base) Header{capacity, size_class};
  return base;
}

// A buffer's context is the buffer itself: libtorch's own users of raw memory (oneDNN, for BFloat16) insist on it.
void release(void* data) {
  if (data == nullptr) return;
  void* base = static_cast<char*>(data) - kAlignment;
  auto header = static_cast<Header*>(base);
  if (header->size_class >= 0) {
    std::lock_guard<std::mutex> lock(mutex);
    if (kept_bytes + header->capacity <= kKeptAtMost) {
      kept[header->size_class].push_back(base);
      kept_bytes += header->capacity;
      return;
    }
  }
  std::free(base);
}

void* acquire(size_t bytes) {
  if (bytes < kSmallest) return from_system(bytes, -1);
  size_t capacity = 0;
  int size_class = class_of(bytes, &capacity);
  if (size_class >= kClasses) return from_system(bytes, -1);
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto& list = kept[size_class];
    while (!list.empty()) {
      void* base = list.back();
      list.pop_back();
      kept_bytes -= static_cast<Header*>(base)->capacity;
      if (static_cast<Header*>(base)->capacity >= bytes) return base;
      std::free(base);
    }
  }
  return from_system(capacity, size_class);
}

// Both forms of `allocate` are there because libtorch dropped the const between versions; the one that fits overrides.
struct CachingAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const { return make(bytes); }
  c10::DataPtr allocate(size_t bytes) { return make(bytes); }
  c10::DeleterFnPtr raw_deleter() const { return &release; }
  void copy_data(void* target, const void* source, std::size_t count) const { std::memcpy(target, source, count); }

 private:
  static c10::DataPtr make(size_t bytes) {
    void* data = bytes == 0 ? nullptr : static_cast<char*>(acquire(bytes)) + kAlignment;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
};

}  // namespace

void trs::install_allocator() {
  static CachingAllocator* allocator = new CachingAllocator();  // outlives every tensor
  c10::SetCPUAllocator(allocator, /*priority=*/1);
}
