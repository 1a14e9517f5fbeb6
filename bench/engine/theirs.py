"""One pass of the cases of Pass.cs in Python's torch; prints one JSON line."""
import ctypes
import json
import os
import statistics
import sys
import time

import torch

BATCHES, CALLS, WARM_UP = 25, 2000, 0.4
SHAPES = {"gemm/512": (512, 512, 512), "gemm/1024": (1024, 1024, 1024), "gemm/2048": (2048, 2048, 2048),
          "gemm/350x256x1024": (350, 256, 1024)}


def microseconds(call):
    def batch():
        for _ in range(CALLS):
            call()
    begin = time.perf_counter()
    while time.perf_counter() - begin < WARM_UP:
        batch()
    times = []
    for _ in range(BATCHES):
        start = time.perf_counter()
        batch()
        times.append((time.perf_counter() - start) * 1e6 / CALLS)
    return statistics.median(times)


def gigaflops(m, n, k):
    left, right = torch.full((m, k), 0.5), torch.full((k, n), 0.5)
    operations = 2.0 * m * n * k
    torch.matmul(left, right)
    rates = []
    for _ in range(max(3, int(4e10 / operations))):
        start = time.perf_counter()
        torch.matmul(left, right)
        rates.append(operations / (time.perf_counter() - start) / 1e9)
    return statistics.median(rates)


def blas_core():
    try:
        name = ctypes.CDLL("libblas.so.3").openblas_get_corename
        name.restype = ctypes.c_char_p
        return name().decode()
    except (OSError, AttributeError):
        return ""


def main():
    if "THINKREC_THREADS" in os.environ:
        torch.set_num_threads(int(os.environ["THINKREC_THREADS"]))
    numbers = {}
    a, b, leaf = torch.full((4,), 1.0), torch.full((4,), 2.0), torch.full((4,), 1.0, requires_grad=True)
    square, given = torch.full((8, 8), 0.5), torch.full((4, 16), 0.5)
    weight, bias = torch.full((32, 16), 0.5), torch.full((32,), 0.5)
    linear = torch.nn.functional.linear
    numbers["call/add, recorded for backward"] = microseconds(lambda: leaf.add(b))
    with torch.no_grad():
        numbers["call/add"] = microseconds(lambda: a.add(b))
        numbers["call/add_ in place"] = microseconds(lambda: a.add_(b))
        numbers["call/matmul 8x8"] = microseconds(lambda: square.matmul(square))
        numbers["call/linear 4x16 to 32"] = microseconds(lambda: linear(given, weight, bias))
        for name, shape in SHAPES.items():
            numbers[name] = gigaflops(*shape)
    json.dump({"core": blas_core(), "threads": torch.get_num_threads(), "numbers": numbers}, sys.stdout)
    print()


main()
