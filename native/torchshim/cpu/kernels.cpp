// TRS_ISA names the instruction set that this compilation is for. Only functions of this namespace may be called: a library's inline
// function that was compiled here could be linked into code for older CPUs.
#include "kernels.h"

#include "attention.h"
#include "rows.h"

namespace trs::TRS_ISA {

extern const Kernels table;

#define TRS_TEXT(x) #x
#define TRS_NAME(x) TRS_TEXT(x)

const Kernels table = {
    TRS_NAME(TRS_ISA),
    attention_scratch,
    attention,
    attention_backward,
    rms_norm,
    rms_norm_backward,
    swiglu,
    swiglu_backward,
    low_rank_down,
    low_rank_down_backward,
    low_rank_factor_gradient,
    up,
    cross_entropy,
};

}  // namespace trs::TRS_ISA
