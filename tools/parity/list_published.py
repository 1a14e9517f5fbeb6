"""Lists keys and shapes of published models from their configs, without weights, for the golden tests of ThinkRec.Models.Tests.

Usage: python3 tools/parity/list_published.py tests/ThinkRec.Models.Tests/Golden

The rules of keys and shapes are those of record_families.py; the number of parameters must be the published one.
"""
import json
import math
import os
import sys

from record_families import shapes

LLAMA31_ROPE = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}
LLAMA32_ROPE = {**LLAMA31_ROPE, "factor": 32.0}


def config(family, hidden, inner, layers, heads, kv_heads, vocab, positions, theta, eps, tied, **more):
    return {"hidden_act": "silu", "hidden_size": hidden, "intermediate_size": inner, "max_position_embeddings": positions, "model_type": family,
            "num_attention_heads": heads, "num_hidden_layers": layers, "num_key_value_heads": kv_heads, "rms_norm_eps": eps, "rope_theta": theta,
            "tie_word_embeddings": tied, "vocab_size": vocab, **more}


def qwen(family, hidden, inner, layers, heads, kv_heads, vocab, positions, tied, **more):
    return config(family, hidden, inner, layers, heads, kv_heads, vocab, positions, 1000000.0, 1e-6, tied, use_sliding_window=False, **more)


MODELS = {
    "Llama-2-7B": (6738415616, config("llama", 4096, 11008, 32, 32, 32, 32000, 4096, 10000.0, 1e-5, False, rope_scaling=None, bos_token_id=1, eos_token_id=2)),
    "Llama-2-13B": (13015864320, config("llama", 5120, 13824, 40, 40, 40, 32000, 4096, 10000.0, 1e-5, False, rope_scaling=None, bos_token_id=1, eos_token_id=2)),
    "Llama-3-8B": (8030261248, config("llama", 4096, 14336, 32, 32, 8, 128256, 8192, 500000.0, 1e-5, False, rope_scaling=None, bos_token_id=128000, eos_token_id=128001)),
    "Llama-3.1-8B": (8030261248, config("llama", 4096, 14336, 32, 32, 8, 128256, 131072, 500000.0, 1e-5, False, rope_scaling=LLAMA31_ROPE, mlp_bias=False, attention_bias=False,
                                        bos_token_id=128000, eos_token_id=[128001, 128008, 128009])),
    "Llama-3.2-1B": (1235814400, config("llama", 2048, 8192, 16, 32, 8, 128256, 131072, 500000.0, 1e-5, True, rope_scaling=LLAMA32_ROPE, head_dim=64)),
    "Llama-3.2-3B": (3212749824, config("llama", 3072, 8192, 28, 24, 8, 128256, 131072, 500000.0, 1e-5, True, rope_scaling=LLAMA32_ROPE, head_dim=128)),
    "Mistral-7B-v0.1": (7241732096, config("mistral", 4096, 14336, 32, 32, 8, 32000, 32768, 10000.0, 1e-5, False, sliding_window=4096)),
    "Mistral-7B-v0.3": (7248023552, config("mistral", 4096, 14336, 32, 32, 8, 32768, 32768, 1000000.0, 1e-5, False, sliding_window=None)),
    "Qwen2.5-0.5B": (494032768, qwen("qwen2", 896, 4864, 24, 14, 2, 151936, 32768, True, max_window_layers=24, sliding_window=32768)),
    "Qwen2.5-1.5B": (1543714304, qwen("qwen2", 1536, 8960, 28, 12, 2, 151936, 131072, True, max_window_layers=28, sliding_window=131072)),
    "Qwen2.5-7B": (7615616512, qwen("qwen2", 3584, 18944, 28, 28, 4, 152064, 131072, False, max_window_layers=28, sliding_window=131072)),
    "Qwen3-0.6B": (596049920, qwen("qwen3", 1024, 3072, 28, 16, 8, 151936, 40960, True, head_dim=128, max_window_layers=28, sliding_window=None)),
    "Qwen3-4B": (4022468096, qwen("qwen3", 2560, 9728, 36, 32, 8, 151936, 40960, True, head_dim=128, max_window_layers=36, sliding_window=None)),
    "Qwen3-8B": (8190735360, qwen("qwen3", 4096, 12288, 36, 32, 8, 151936, 40960, False, head_dim=128, max_window_layers=36, sliding_window=None)),
    "SmolLM2-135M": (134515008, config("llama", 576, 1536, 30, 9, 3, 49152, 8192, 100000.0, 1e-5, True, rope_scaling=None)),
    "SmolLM2-360M": (361821120, config("llama", 960, 2560, 32, 15, 5, 49152, 8192, 100000.0, 1e-5, True, rope_scaling=None)),
    "SmolLM2-1.7B": (1711376384, config("llama", 2048, 8192, 24, 32, 32, 49152, 8192, 130000.0, 1e-5, True, rope_scaling=None)),
    "SmolLM3-3B": (3075098624, config("smollm3", 2048, 11008, 36, 16, 4, 128256, 65536, 5000000.0, 1e-6, True, no_rope_layers=[1, 1, 1, 0] * 9, no_rope_layer_interval=4,
                                      layer_types=["full_attention"] * 36, use_sliding_window=False, sliding_window=None)),
    "TinyLlama-1.1B": (1100048384, config("llama", 2048, 5632, 22, 32, 4, 32000, 2048, 10000.0, 1e-5, False, rope_scaling=None)),
}


def main():
    os.makedirs(os.path.join(sys.argv[1], "Configs"), exist_ok=True)
    for name, (published, model) in MODELS.items():
        listed = shapes(model)
        parameters = sum(math.prod(shape) for shape in listed.values())
        assert parameters == published, (name, parameters, published)
        first, layers = "model.layers.0.", model["num_hidden_layers"]
        lines = [f"{key.replace(first, 'model.layers.*.', 1)} [{', '.join(map(str, shape))}]" for key, shape in sorted(listed.items())
                 if key.startswith(first) or not key.startswith("model.layers.")]
        with open(os.path.join(sys.argv[1], name + ".golden.txt"), "w", encoding="utf-8") as out:
            out.write("\n".join([f"parameters {parameters}", f"layers {layers}", *lines]) + "\n")
        with open(os.path.join(sys.argv[1], "Configs", name + ".json"), "w", encoding="utf-8") as out:
            out.write(json.dumps(model, indent=2) + "\n")


if __name__ == "__main__":
    main()
