// Runs any operator through the dispatcher: slots in, converted by the operator's own schema; slots out.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <torch/version.h>

#include <cstring>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "internal.h"

namespace {

using c10::IValue;
using c10::TypeKind;
using trs::OptionalTensor;

// What one argument of a schema accepts, worked out once.
struct Parameter {
  TypeKind kind;
  TypeKind element;  // of a list
  bool optional_elements = false;
  bool optional = false;
  bool has_default = false;
  IValue default_value;
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Parameter> parameters;
  std::string schema;
};

Parameter describe(const c10::Argument& argument) {
  Parameter p;
  c10::TypePtr type = argument.type();
  if (type->kind() == TypeKind::OptionalType) {
    p.optional = true;
    type = type->containedTypes()[0];
  }
  p.kind = type->kind();
  p.element = TypeKind::AnyType;
  if (p.kind == TypeKind::ListType) {
    c10::TypePtr element = type->containedTypes()[0];
    if (element->kind() == TypeKind::OptionalType) {
      p.optional_elements = true;
      element = element->containedTypes()[0];
    }
    p.element = element->kind();
  }
  if (argument.default_value()) {
    p.has_default = true;
    p.default_value = *argument.default_value();
  }
  return p;
}

// Whole numbers stand for themselves, and for element types, layouts and memory formats, whose kinds differ between versions.
bool takes_integers(TypeKind kind) {
  switch (kind) {
    case TypeKind::TensorType:
    case TypeKind::ListType:
    case TypeKind::FloatType:
    case TypeKind::BoolType:
    case TypeKind::StringType:
    case TypeKind::DeviceObjType:
    case TypeKind::GeneratorType:
    case TypeKind::StorageType:
    case TypeKind::StreamObjType:
      return false;
    default:
      return true;
  }
}

double as_double(int64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

[[noreturn]] void mismatch(const Operator& op, size_t index, const trs_slot& slot) {
  throw std::runtime_error("argument " + std::to_string(index) + " has tag " + std::to_string(slot.tag) +
                           ", which does not fit the schema " + op.schema);
}

IValue list_value(const Operator& op, size_t index, const Parameter& p, const trs_slot& s) {
  const int64_t single = s.value;
  if (p.element == TypeKind::TensorType) {
    if (s.tag != TRS_TENSOR_LIST) mismatch(op, index, s);
    auto handles = reinterpret_cast<trs_tensor*>(s.value);
    if (p.optional_elements) {
      c10::List<OptionalTensor> list;
      for (int64_t i = 0; i < s.length; i++) list.push_back(handles[i] ? OptionalTensor(trs::borrow(handles[i])) : OptionalTensor());
      return list;
    }
    c10::List<at::Tensor> list;
    list.reserve(s.length);
    for (int64_t i = 0; i < s.length; i++) {
      if (handles[i] == nullptr)
        throw std::runtime_error("element " + std::to_string(i) + " of argument " + std::to_string(index) +
                                 " is none, which does not fit the schema " + op.schema);
      list.push_back(trs::borrow(handles[i]));
    }
    return list;
  }
  if (p.element == TypeKind::FloatType || (p.element == TypeKind::NumberType && s.tag == TRS_DOUBLE_LIST)) {
    if (s.tag != TRS_DOUBLE_LIST) mismatch(op, index, s);
    auto values = reinterpret_cast<const double*>(s.value);
    if (p.element == TypeKind::FloatType) return c10::List<double>(at::ArrayRef<double>(values, s.length));
    c10::impl::GenericList list(c10::NumberType::get());
    for (int64_t i = 0; i < s.length; i++) list.push_back(values[i]);
    return list;
  }
  const int64_t* values = s.tag == TRS_INT_LIST ? reinterpret_cast<const int64_t*>(s.value) : &single;
  const int64_t length = s.tag == TRS_INT_LIST ? s.length : 1;
  if (s.tag != TRS_INT_LIST && s.tag != TRS_INT && s.tag != TRS_BOOL) mismatch(op, index, s);
  if (p.element == TypeKind::BoolType) {
    c10::List<bool> list;
    for (int64_t i = 0; i < length; i++) list.push_back(values[i] != 0);
    return list;
  }
  if (p.element == TypeKind::NumberType) {
    c10::impl::GenericList list(c10::NumberType::get());
    for (int64_t i = 0; i < length; i++) list.push_back(values[i]);
    return list;
  }
  if (!takes_integers(p.element)) mismatch(op, index, s);
  return c10::List<int64_t>(at::ArrayRef<int64_t>(values, length));
}

IValue value_of(const Operator& op, size_t index, const Parameter& p, const trs_slot& s) {
  if (s.tag == TRS_DEFAULT) {
    if (p.has_default) return p.default_value;
    if (p.optional) return IValue();
    mismatch(op, index, s);
  }
  if (s.tag == TRS_NONE) {
    if (!p.optional) mismatch(op, index, s);
    return IValue();
  }
  if (p.kind == TypeKind::ListType) return list_value(op, index, p, s);
  switch (s.tag) {
    case TRS_TENSOR:
      if (p.kind != TypeKind::TensorType) mismatch(op, index, s);
      return trs::borrow(reinterpret_cast<trs_tensor>(s.value));
    case TRS_INT:
      if (p.kind == TypeKind::FloatType) return IValue(static_cast<double>(s.value));
      if (!takes_integers(p.kind)) mismatch(op, index, s);
      return IValue(s.value);
    case TRS_DOUBLE:
      if (p.kind != TypeKind::FloatType && p.kind != TypeKind::NumberType) mismatch(op, index, s);
      return IValue(as_double(s.value));
    case TRS_BOOL:
      if (p.kind != TypeKind::BoolType && p.kind != TypeKind::NumberType) mismatch(op, index, s);
      return IValue(s.value != 0);
    case TRS_STRING:
      if (p.kind != TypeKind::StringType) mismatch(op, index, s);
      return IValue(std::string(reinterpret_cast<const char*>(s.value), s.length));
    case TRS_DTYPE:
      if (!takes_integers(p.kind) || p.kind == TypeKind::NumberType) mismatch(op, index, s);
      return IValue(s.value);
    case TRS_DEVICE:
      if (p.kind != TypeKind::DeviceObjType) mismatch(op, index, s);
      return IValue(c10::Device(static_cast<c10::DeviceType>(s.value), static_cast<c10::DeviceIndex>(s.length)));
    case TRS_GENERATOR:
      if (p.kind != TypeKind::GeneratorType) mismatch(op, index, s);
      return s.value == 0 ? IValue() : IValue(*reinterpret_cast<at::Generator*>(s.value));
    default:
      mismatch(op, index, s);
  }
}

bool is_returnable(const IValue& value) {
  return value.isTensor() || value.isTensorList() || value.isInt() || value.isDouble() || value.isBool() || value.isNone();
}

void store(IValue&& value, trs_slot& slot) {
  slot = {TRS_NONE, 0, 0};
  if (value.isTensor()) {
    at::Tensor tensor = std::move(value).toTensor();
    if (!tensor.defined()) return;
    slot = {TRS_TENSOR, reinterpret_cast<int64_t>(trs::give(std::move(tensor))), 0};
  } else if (value.isTensorList()) {
    std::vector<at::Tensor> tensors = value.toTensorVector();
    auto handles = static_cast<trs_tensor*>(std::malloc(sizeof(trs_tensor) * (tensors.size() + 1)));
    if (handles == nullptr) throw std::bad_alloc();
    for (size_t i = 0; i < tensors.size(); i++) handles[i] = trs::give(std::move(tensors[i]));
    slot = {TRS_TENSOR_LIST, reinterpret_cast<int64_t>(handles), static_cast<int64_t>(tensors.size())};
  } else if (value.isInt()) {
    slot = {TRS_INT, value.toInt(), 0};
  } else if (value.isDouble()) {
    double number = value.toDouble();
    slot.tag = TRS_DOUBLE;
    std::memcpy(&slot.value, &number, sizeof number);
  } else if (value.isBool()) {
    slot = {TRS_BOOL, value.toBool(), 0};
  }
}

}  // namespace

int32_t trs_op_find(const char* name, const char* overload, trs_op* out) {
  return trs::guarded([&] {
    static std::mutex mutex;
    // Never destroyed: other threads may still call operators while the process ends.
    static auto& known = *new std::unordered_map<std::string, Operator*>();
    std::lock_guard<std::mutex> lock(mutex);
    std::string key = std::string(name) + "." + overload;
    auto found = known.find(key);
    if (found == known.end()) {
      auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
      if (!handle.has_value()) throw std::runtime_error("this libtorch (" TORCH_VERSION ") has no such operator");
      auto op = new Operator{*handle, {}, c10::toString(handle->schema())};
      for (const auto& argument : handle->schema().arguments()) op->parameters.push_back(describe(argument));
      found = known.emplace(std::move(key), op).first;
    }
    *out = found->second;
  });
}

const char* trs_op_schema(trs_op op) { return static_cast<Operator*>(op)->schema.c_str(); }

int32_t trs_op_call(trs_op handle, const trs_slot* in, int32_t count, trs_slot* out, int32_t capacity, int32_t* produced) {
  auto& op = *static_cast<Operator*>(handle);
  return trs::guarded([&] {
    const size_t parameters = op.parameters.size();
    if (static_cast<size_t>(count) > parameters)
      throw std::runtime_error(std::to_string(count) + " arguments given, but the schema is " + op.schema);
    torch::jit::Stack stack;
    stack.reserve(parameters);
    const trs_slot missing = {TRS_DEFAULT, 0, 0};
    for (size_t i = 0; i < parameters; i++)
      stack.push_back(value_of(op, i, op.parameters[i], i < static_cast<size_t>(count) ? in[i] : missing));
    op.handle.callBoxed(&stack);
    if (stack.size() > static_cast<size_t>(capacity))
      throw std::runtime_error("more results than the caller takes; the schema is " + op.schema);
    for (const IValue& result : stack)
      if (!is_returnable(result)) throw std::runtime_error("a result of kind " + result.tagKind() + " cannot be returned");
    for (size_t i = 0; i < stack.size(); i++) store(std::move(stack[i]), out[i]);
    *produced = static_cast<int32_t>(stack.size());
  });
}

void trs_free(void* list) { std::free(list); }
