"""The other side of gpu-check: transformers and peft where they are installed, and the papers written out in plain PyTorch everywhere.

Usage: theirs.py parity FOLDER DEVICE   logits of the models and adapters that our side wrote; adapters made by peft; writes parity.theirs.json
       theirs.py speed FOLDER DEVICE    the workload of speed.ours.json with transformers and peft; writes speed.theirs.json

What is not installed is reported under notRun, with the reason, and never as a result. What breaks is reported under failed.
"""
import contextlib
import importlib
import json
import math
import os
import platform
import re
import resource
import statistics
import sys
import time

import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(ROOT, "bench", "llm"), os.path.join(ROOT, "tools", "parity")]
import model_folder  # noqa: E402
import record_families  # noqa: E402

NO_GPU = 4  # exit status
PLAIN, TRANSFORMERS, PEFT = "plain PyTorch", "transformers", "peft"
LEFT_OUT = {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 0, "rope_scaling": None}
MADE_BY_PEFT = {
    "peft-patterns": {"r": 4, "lora_alpha": 6, "target_modules": ["q_proj", "v_proj", "down_proj"], "rank_pattern": {"down_proj": 2}, "alpha_pattern": {"v_proj": 3}},
    "peft-stabilized": {"r": 4, "lora_alpha": 3, "target_modules": "all-linear", "use_rslora": True},
}


def library(name):
    """The library and None, or None and why it cannot be had."""
    try:
        return importlib.import_module(name), None
    except ImportError as error:
        return None, f"{name} cannot be imported: {error}"


def versions(*libraries):
    found = {"python": platform.python_version(), "torch": torch.__version__}
    return {**found, **{one.__name__: one.__version__ for one in libraries if one}}


def one_line(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]


class Parity:
    def __init__(self, folder, device):
        self.folder, self.device = folder, device
        with open(os.path.join(folder, "ids.json"), encoding="utf-8") as text:
            self.ids = json.load(text)
        self.transformers, no_transformers = library("transformers")
        self.peft, no_peft = library("peft") if self.transformers else (None, f"peft needs transformers: {no_transformers}")
        self.results = {"versions": {**versions(self.transformers, self.peft), "device": device}, "logits": {PLAIN: {}, TRANSFORMERS: {}, PEFT: {}}, "notRun": {}, "failed": {}}
        for name, reason in ((TRANSFORMERS, no_transformers), (PEFT, no_peft)):
            if reason:
                self.results["notRun"][name] = reason

    def model_path(self, name):
        return os.path.join(self.folder, "models", name)

    def adapter_path(self, name):
        return os.path.join(self.folder, "adapters", name)

    def case(self, side, name, compute):
        """Keeps the logits of one case, or why there are none."""
        if side in self.results["notRun"]:
            return
        try:
            with torch.no_grad():
                logits = compute().float().reshape(-1)
            if not torch.isfinite(logits).all():
                raise ValueError("the logits are not all finite")
            self.results["logits"][side][name] = logits.tolist()
        except ImportError as error:  # transformers has the class only beside a torch that is new enough
            self.results["notRun"][f"{side}/{name}"] = one_line(error)
        except Exception as error:  # whatever a library throws is a result of this case alone
            self.results["failed"][f"{side}/{name}"] = f"{side}: {one_line(error)}"

    def plain(self, name, dtype, adapter=None):
        """In double precision, from weights rounded to the type."""
        config, weights = model_folder.load(self.model_path(name))
        weights = {key: value.to(dtype).double() for key, value in weights.items()}
        if adapter:
            add_adapter(weights, self.adapter_path(adapter))
        return record_families.forward(torch.tensor(self.ids), weights, {**LEFT_OUT, **config})

    def theirs(self, name, dtype=torch.float32):
        config = self.transformers.AutoConfig.from_pretrained(self.model_path(name))
        config.pad_token_id = None  # the families' own lies beyond so small a vocabulary
        model = self.transformers.AutoModelForCausalLM.from_pretrained(self.model_path(name), config=config, torch_dtype=dtype)
        return model.to(self.device).eval()

    def logits(self, model):
        return model(input_ids=torch.tensor([self.ids], device=self.device)).logits[0]

    def models(self):
        known = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING_NAMES if self.transformers else ()
        for name in sorted(set(os.listdir(os.path.join(self.folder, "models"))) - {"merged", "speed"}):
            with open(os.path.join(self.model_path(name), "config.json"), encoding="utf-8") as text:
                family = json.load(text)["model_type"]
            if self.transformers and family not in known:
                for label in ("fp32", "bf16"):
                    self.results["notRun"][f"{TRANSFORMERS}/model/{name}/{label}"] = f"transformers {self.transformers.__version__} has no {family}"
            for label, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
                case = f"model/{name}/{label}"
                self.case(PLAIN, case, lambda: self.plain(name, dtype))
                if f"{TRANSFORMERS}/{case}" not in self.results["notRun"]:
                    self.case(TRANSFORMERS, case, lambda: self.logits(self.theirs(name, dtype)))
        self.case(PLAIN, "merged/plain", lambda: self.plain("merged", torch.float32))
        self.case(TRANSFORMERS, "merged/plain", lambda: self.logits(self.theirs("merged")))

    def adapters(self):
        for name in ("plain", "patterns", "stabilized", "fused"):
            self.case(PLAIN, f"adapter/{name}", lambda: self.plain("llama", torch.float32, name))
            self.case(PEFT, f"adapter/{name}", lambda: self.logits(self.peft.PeftModel.from_pretrained(self.theirs("llama"), self.adapter_path(name)).eval()))
        for name, settings in MADE_BY_PEFT.items():
            self.case(PEFT, f"adapter/{name}", lambda: self.logits(self.make_adapter(name, settings)))

    def make_adapter(self, name, settings):
        torch.manual_seed(len(name))
        config = self.peft.LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.05, init_lora_weights=False, **settings)
        model = self.peft.get_peft_model(self.theirs("llama"), config).eval()
        model.save_pretrained(self.adapter_path(name))
        return model


def add_adapter(weights, folder):
    """W + scale * B A, with rank and alpha by peft's documented rules for its patterns."""
    with open(os.path.join(folder, "adapter_config.json"), encoding="utf-8") as text:
        config = json.load(text)
    factors = model_folder.load_weights(os.path.join(folder, "adapter_model.safetensors"))

    def setting(patterns, key, otherwise):
        return next((value for pattern, value in patterns.items() if re.match(rf"(.*\.)?({pattern})$", key)), otherwise)
    for name in [key for key in factors if key.endswith("lora_A.weight")]:
        key = name[len("base_model.model."):-len(".lora_A.weight")]
        rank = setting(config.get("rank_pattern", {}), key, config["r"])
        alpha = setting(config.get("alpha_pattern", {}), key, config["lora_alpha"])
        a, b = factors[name].double(), factors[name.replace("lora_A", "lora_B")].double()
        if a.shape[0] != rank:
            raise ValueError(f"{name} has rank {a.shape[0]}, the settings say {rank}")
        weights[f"{key}.weight"] += alpha / (math.sqrt(rank) if config.get("use_rslora") else rank) * b @ a


class Speed:
    def __init__(self, folder, device):
        self.device = device
        with open(os.path.join(folder, "speed.ours.json"), encoding="utf-8") as text:
            self.work = json.load(text)["workload"]
        self.transformers, no_transformers = library("transformers")
        self.peft, no_peft = library("peft") if self.transformers else (None, f"peft needs transformers: {no_transformers}")
        self.results = {"versions": {**versions(self.transformers, self.peft), "device": device}, "numbers": {}, "losses": [], "notRun": {}, "failed": {}}
        self.results["numbers"]["gemm"] = self.gemm(self.work["gemmSize"])
        if not self.transformers:
            self.results["notRun"]["model"] = no_transformers
            return
        if not self.peft:
            self.results["notRun"]["training"] = no_peft
        try:
            config = self.transformers.AutoConfig.from_pretrained(os.path.join(folder, "models", "speed"))
            config.pad_token_id = config.eos_token_id = None
            self.vocabulary = config.vocab_size
            place = torch.device(device) if hasattr(torch.device, "__enter__") else contextlib.nullcontext()
            with place:
                self.model = self.transformers.AutoModelForCausalLM.from_config(config, torch_dtype=torch.bfloat16).to(device).eval()
        except ImportError as error:
            self.results["notRun"]["model"] = one_line(error)
            return
        except Exception as error:  # out of memory, or a library that is too old
            self.results["failed"]["model"] = one_line(error)
            return
        for name in ("prefill", "generation", "training"):
            if name not in self.results["notRun"]:
                try:
                    self.results["numbers"][name] = getattr(self, name)()
                except Exception as error:  # one measurement that breaks shall not take the others along
                    self.results["failed"][name] = one_line(error)

    def wait(self):
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()

    def median(self, act):
        seconds = []
        for _ in range(2 + self.work["steps"]):
            self.wait()
            begin = time.perf_counter()
            act()
            self.wait()
            seconds.append(time.perf_counter() - begin)
        return statistics.median(seconds[2:])

    def ids(self, rows, length):
        return ((torch.arange(rows * length) * 7919 + 13) % self.vocabulary).view(rows, length).to(self.device)

    def gemm(self, size):
        x = torch.full((size, size), 0.5, dtype=torch.bfloat16, device=self.device)
        return 2.0 * size ** 3 / self.median(lambda: x @ x)

    @torch.no_grad()
    def prefill(self):
        rows, length = self.work["prefill"]
        ids = self.ids(rows, length)
        return rows * length / self.median(lambda: self.model.lm_head(self.model.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]))

    @torch.no_grad()
    def generation(self):
        prompt, count, rates = self.ids(1, self.work["prompt"]), self.work["newTokens"], []

        def seconds(new):
            self.wait()
            begin = time.perf_counter()
            self.model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=new, min_new_tokens=new, do_sample=False)
            self.wait()
            return time.perf_counter() - begin
        for _ in range(min(self.work["steps"], 3) + 1):
            first = seconds(1)
            rates.append(count / max(seconds(count + 1) - first, 1e-9))
        return statistics.median(rates[1:])

    def training(self):
        rows, length = self.work["train"]
        rank, ids = self.work["rank"], self.ids(rows, length)
        names = [f"{name}_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")]
        model = self.peft.get_peft_model(self.model, self.peft.LoraConfig(task_type="CAUSAL_LM", r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=names)).train()
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3, weight_decay=0.0)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = model(input_ids=ids, labels=ids, use_cache=False).loss
            loss.backward()
            optimizer.step()
            self.results["losses"].append(loss.item())
        return rows * length / self.median(step)


def main():
    verb, folder, device = sys.argv[1:]
    if device.startswith("cuda") and not torch.cuda.is_available():
        print(f"torch {torch.__version__} sees no GPU. Use --cpu to go without.")
        sys.exit(NO_GPU)
    if verb == "parity":
        parity = Parity(folder, device)
        parity.models()
        parity.adapters()
        results = parity.results
    else:
        results = Speed(folder, device).results
        results["peakHostBytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open(os.path.join(folder, f"{verb}.theirs.json"), "w", encoding="utf-8") as out:
        json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
