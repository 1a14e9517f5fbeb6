# Sourced by the benches that alternate with Python, from the repository's root, with their folder of results in $folder.

# Builds bench/NAME in lower case and sets: ours, the command of our side; python, that of the other; same, what gives both the settings that the
# engine makes for itself; core, the BLAS kernels it picked. Results of an earlier run are removed.
prepare_both_sides() {
  local name=$1
  python=${THINKREC_PYTHON:-/usr/bin/python3}
  export THINKREC_THREADS=${THINKREC_THREADS:-$(nproc)}

  dotnet build -c Release --nologo -v quiet "bench/${name,,}/ThinkRec.Bench.$name.csproj"
  ours=(dotnet "artifacts/bin/ThinkRec.Bench.$name/release/ThinkRec.Bench.$name.dll")
  mkdir -p "$folder"
  rm -f "$folder"/*.jsonl

  core=$("${ours[@]}" core)
  same=(env "OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-$core}" "OMP_NUM_THREADS=$THINKREC_THREADS"
    GOMP_SPINCOUNT=1000 OPENBLAS_THREAD_TIMEOUT=8 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=1073741824 MALLOC_TOP_PAD_=67108864)
}
