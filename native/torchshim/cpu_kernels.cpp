// Which of the compilations of cpu/kernels.cpp this CPU runs best.
#include <cstdlib>
#include <cstring>

#include "cpu/kernels.h"

namespace trs {

namespace baseline {
extern const Kernels table;
}
#ifdef TRS_X86
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
#endif

namespace {

const Kernels& choose() {
#ifdef TRS_X86
  const char* wanted = std::getenv("THINKREC_CPU_KERNELS");  // a lesser set, to test it
  auto may = [wanted](const Kernels& kernels) { return wanted == nullptr || std::strcmp(wanted, kernels.name) == 0; };
  if (may(avx512::table) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return avx512::table;
  if (may(avx2::table) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::table;
#endif
  return baseline::table;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace trs
