// The C ABI of the libtorch shim. One call runs any operator by name; the rest moves bytes in and out and switches state.
// Every function that can fail returns 0 on success; trs_last_error() then holds the text of the calling thread's last failure.
#pragma once
#include <cstdint>

#define TRS_ABI 2
#define TRS_API extern "C" __attribute__((visibility("default")))

typedef void* trs_tensor;  // owns one reference to a TensorImpl; given back by trs_tensor_free
typedef void* trs_op;      // lives as long as the process
typedef void* trs_group;   // this process's place among several; given back by trs_group_free
typedef void* trs_work;    // a collective under way; given back by trs_work_free
typedef void* trs_reducer; // given back by trs_reducer_free

enum trs_tag : int32_t {
  TRS_NONE = 0,
  TRS_TENSOR = 1,       // value: trs_tensor, borrowed
  TRS_INT = 2,          // value
  TRS_DOUBLE = 3,       // value: bits of the double
  TRS_BOOL = 4,         // value: 0 or 1
  TRS_INT_LIST = 5,     // value: const int64_t*, length
  TRS_DOUBLE_LIST = 6,  // value: const double*, length
  TRS_TENSOR_LIST = 7,  // value: trs_tensor*, length; a null element is "no tensor"
  TRS_STRING = 8,       // value: const char*, length in bytes
  TRS_DTYPE = 9,        // value: c10::ScalarType
  TRS_DEVICE = 10,      // value: c10::DeviceType, length: index
  TRS_GENERATOR = 11,   // value: handle of trs_generator_new
  TRS_DEFAULT = 12      // take the schema's default
};

struct trs_slot {
  int64_t tag;
  int64_t value;
  int64_t length;
};

// Life and versions.
TRS_API int32_t trs_abi();
TRS_API const char* trs_torch_version();
TRS_API const char* trs_last_error();
TRS_API void trs_init(int32_t threads);  // call once, before other threads use the library
TRS_API int32_t trs_threads();
TRS_API void trs_flush_denormals();  // for the calling thread
TRS_API const char* trs_blas_core();
TRS_API int32_t trs_cuda_devices();
TRS_API int32_t trs_synchronize(int32_t device_type, int32_t device_index);

// Operators.
TRS_API int32_t trs_op_find(const char* name, const char* overload, trs_op* out);
TRS_API const char* trs_op_schema(trs_op op);
TRS_API int32_t trs_op_call(trs_op op, const trs_slot* in, int32_t count, trs_slot* out, int32_t capacity, int32_t* produced);
TRS_API void trs_free(void* list);  // the array of a returned TRS_TENSOR_LIST

// Tensors.
TRS_API void trs_tensor_free(trs_tensor t);
TRS_API int64_t trs_tensor_count();  // tensors handed out and not yet freed
TRS_API int32_t trs_tensor_from(const void* data, int64_t bytes, int32_t dtype, const int64_t* sizes, int32_t rank, trs_tensor* out);
TRS_API int32_t trs_tensor_copy_out(trs_tensor t, void* buffer, int64_t bytes);
// info: dtype, device type, device index, requires grad, is contiguous, rank, then up to `capacity` sizes.
TRS_API int32_t trs_tensor_info(trs_tensor t, int64_t* info, int32_t capacity);
TRS_API void* trs_tensor_data(trs_tensor t);

// Autograd.
TRS_API int32_t trs_backward(trs_tensor loss);
TRS_API int32_t trs_grad(trs_tensor t, trs_tensor* out);  // *out is null when there is none
TRS_API int32_t trs_set_grad(trs_tensor t, trs_tensor grad_or_null);
TRS_API int32_t trs_set_requires_grad(trs_tensor t, int32_t on);
TRS_API int32_t trs_grad_mode(int32_t on);  // returns the mode before
TRS_API void* trs_inference_begin();
TRS_API void trs_inference_end(void* guard);

// Generators. A null handle is the CPU's default generator.
TRS_API int32_t trs_generator_new(int64_t seed, void** out);
TRS_API void trs_generator_free(void* generator);
TRS_API int32_t trs_generator_seed(void* generator, int64_t seed);
TRS_API int32_t trs_generator_get(void* generator, trs_tensor* state);
TRS_API int32_t trs_generator_set(void* generator, trs_tensor state);

// Process groups. All processes make the same calls in the same order. A call blocks until the others have made theirs.
TRS_API const char* trs_group_backends();  // "gloo", "gloo nccl", or "" when this shim has no groups
// Meets the others at rank 0's address within connect_ms; then connects with each of them.
TRS_API int32_t trs_group_store(const char* address, int32_t port, int32_t rank, int32_t size, int64_t connect_ms, trs_group* out);
// network: "", "interface NAME" or "host NAME"; timeout_ms: of each collective; gpu: 1 asks for NCCL, where there is one.
TRS_API int32_t trs_group_connect(trs_group group, const char* network, int32_t rank, int64_t timeout_ms, int32_t gpu);
TRS_API void trs_group_free(trs_group group);
TRS_API int32_t trs_group_all_reduce(trs_group group, trs_tensor t, trs_work* out);  // sums in place; begun only
TRS_API int32_t trs_work_wait(trs_work work);
TRS_API void trs_work_free(trs_work work);  // once it is done
TRS_API int32_t trs_group_broadcast(trs_group group, trs_tensor t, int32_t root);
TRS_API int32_t trs_group_all_gather(trs_group group, trs_tensor t, trs_tensor* out);  // [size, ..]
TRS_API int32_t trs_group_barrier(trs_group group);

// Sums the gradients of parameters, in buckets, while backward is at work. The group must outlive the reducer.
TRS_API int32_t trs_reducer_new(trs_group group, const trs_tensor* parameters, int32_t count, int64_t bucket_bytes, trs_reducer* out);
TRS_API int32_t trs_reducer_begin(trs_reducer reducer);                   // before a step's last backward
TRS_API int32_t trs_reducer_finish(trs_reducer reducer, int32_t* early);  // waits; early: buckets that left before, -1: a gradient came too late
TRS_API void trs_reducer_free(trs_reducer reducer);
