#!/usr/bin/env bash
# Packs gpu-check for machines without .NET: artifacts/gpu-check.tar.gz holds our side as one self-contained program for linux-x64, the shim's sources and
# the scripts. There: tar xf gpu-check.tar.gz && gpu-check/tools/gpu-check/run.sh
#
# usage: tools/gpu-check/publish.sh   Needs the .NET SDK, and .NET's runtime pack from NuGet's cache or feed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In a copy, because the lock files of the checkout name no runtime and shall stay as they are.
mkdir -p "$work/source" "$work/gpu-check/tools/gpu-check" "$work/gpu-check/tools/parity" "$work/gpu-check/bench/llm" "$work/gpu-check/native"
cp -R src tools eng configs global.json Directory.Build.props Directory.Packages.props .editorconfig "$work/source/"
find "$work/source" -name packages.lock.json -delete
dotnet publish "$work/source/tools/gpu-check" -c Release -r linux-x64 --self-contained --nologo -v quiet -o "$work/out" \
  -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:RestorePackagesWithLockFile=false

cp "$work/out/ThinkRec.GpuCheck" tools/gpu-check/run.sh tools/gpu-check/theirs.py "$work/gpu-check/tools/gpu-check/"
cp tools/parity/record_families.py tools/parity/recorder.py "$work/gpu-check/tools/parity/"
cp bench/llm/model_folder.py "$work/gpu-check/bench/llm/"
cp -R native/torchshim "$work/gpu-check/native/"
rm -rf "$work/gpu-check/native/torchshim/build"
cp LICENSE "$work/gpu-check/"
mkdir -p artifacts
tar -C "$work" -czf artifacts/gpu-check.tar.gz gpu-check
ls -l artifacts/gpu-check.tar.gz
