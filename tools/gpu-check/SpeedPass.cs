using System.Diagnostics;
using System.Globalization;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.GpuCheck;

/// <summary>Our side's speed: a decoder of random BFloat16 weights, made where they lie.</summary>
internal sealed class SpeedPass : IDisposable
{
    /// <summary>Name of the results file.</summary>
    internal const string FileName = "speed.ours.json";

    private const string Adapter = "speed";
    private const double LearningRate = 1e-3;
    private static readonly string[] AllProjections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
    private readonly Device _device;
    private readonly SpeedShape _shape;
    private readonly int _steps;
    private readonly LlamaModel _model;

    private SpeedPass(Device device, SpeedShape shape, int steps)
    {
        (_device, _shape, _steps) = (device, shape, steps);
        _model = new LlamaModel(new WeightPath(new DeviceWeights(device)), shape.Config);
        foreach (Parameter parameter in _model.Parameters())
        {
            parameter.Trainable = false;
        }
    }

    /// <summary>Measures, and writes the results and the config for the other side.</summary>
    /// <param name="folder">The check's folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="shape">The model and what it is given.</param>
    /// <param name="steps">Timed repeats.</param>
    /// <returns>The exit status.</returns>
    internal static int Run(string folder, Device device, SpeedShape shape, int steps)
    {
        string modelFolder = TinyModels.FolderOf(folder, "speed");
        Directory.CreateDirectory(modelFolder);
        shape.Config.Save(modelFolder, DType.BFloat16);
        Workload work = shape.Workload with { Steps = steps };
        var results = new SpeedResults { Shape = SpeedShape.All.First(s => s.Value == shape).Key, Workload = work };
        results.Versions["libtorch"] = Engine.Version;
        results.Versions["device"] = device.ToString();
        results.Flops["prefill"] = ModelFlops.Prefill(shape.Config, work.Prefill[1]);
        results.Flops["generation"] = ModelFlops.Generation(shape.Config, work.Prompt, work.NewTokens);
        results.Flops["training"] = ModelFlops.Training(shape.Config, work.Train[1], work.Rank);
        using var scope = TensorScope.Begin();
        try
        {
            using var pass = new SpeedPass(device, shape, steps);
            foreach ((string name, Func<double> measure) in new (string, Func<double>)[]
            {
                ("gemm", pass.Gemm), ("prefill", pass.Prefill), ("generation", pass.Generation), ("training", () => pass.Training(results.Losses)),
            })
            {
                Measure(results, name, measure);
            }
        }
        catch (TorchException e)
        {
            results.Failed["model"] = e.Message;
        }

        ResultFile.Write(Path.Combine(folder, FileName), results with { PeakHostBytes = PeakHostBytes() });
        return 0;
    }

    public void Dispose() => _model.Dispose();

    private static void Measure(SpeedResults results, string name, Func<double> measure)
    {
        try
        {
            results.Numbers[name] = measure();
        }
        catch (TorchException e)
        {
            results.Failed[name] = e.Message;
        }
    }

    private double Gemm()
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        long size = _shape.Workload.GemmSize;
        Tensor x = Tensor.Full([size, size], 0.5, DType.BFloat16, _device);
        return 2.0 * size * size * size / Median(() => x.MatMul(x));
    }

    private double Prefill()
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        int[] batch = _shape.Workload.Prefill;
        Tensor ids = Ids(batch[0], batch[1]);
        return batch[0] * batch[1] / Median(() => _model.Logits(_model.Forward(_model.Embed(ids)).Select(1, -1)));
    }

    private double Generation()
    {
        using var scope = TensorScope.Begin();
        Workload work = _shape.Workload;
        Tensor prompt = _model.Embed(Ids(1, work.Prompt));
        double[] seconds = [.. Enumerable.Range(0, Math.Min(_steps, 3) + 1).Select(_ => Generate(prompt, work.NewTokens)).Skip(1)];
        return work.NewTokens / Middle(seconds);
    }

    /// <summary>Seconds from the first new token to the last.</summary>
    private double Generate(Tensor prompt, int newTokens)
    {
        long first = 0;
        TextGenerator.Generate(_model, prompt, null, new GenerationOptions { MaxNewTokens = newTokens + 1 }, _ =>
        {
            first = first == 0 ? Stopwatch.GetTimestamp() : first;
            return true;
        });
        return Stopwatch.GetElapsedTime(first).TotalSeconds;
    }

    private double Training(List<double> losses)
    {
        int[] batch = _shape.Workload.Train;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(7);
        using var blend = AdapterBlend.Single(Adapter);
        Adapters.Create(_model, Adapter, new LoraConfig { Rank = _shape.Workload.Rank, Alpha = 2 * _shape.Workload.Rank, Dropout = 0, TargetModules = AllProjections }, generator);
        using var optimizer = new AdamW(Adapters.Parameters(_model, Adapter), new AdamOptions());
        Tensor ids = Ids(batch[0], batch[1]);
        Tensor targets = ids.Narrow(1, 1, batch[1] - 1).Reshape(-1);
        return batch[0] * batch[1] / Median(() =>
        {
            optimizer.ZeroGrad();
            Tensor hidden = _model.Forward(_model.Embed(ids), new DecoderContext { Blend = blend });
            Tensor logits = _model.Logits(hidden.Narrow(1, 0, batch[1] - 1)).Reshape(-1, _shape.Config.VocabSize);
            Tensor loss = Losses.TokenCrossEntropy(logits, targets);
            loss.Backward();
            optimizer.Step(LearningRate);
            losses.Add(loss.ToDouble());
        });
    }

    /// <summary>Ids that both sides make alike.</summary>
    private Tensor Ids(int rows, int length) => Tensor.From(
        [.. Enumerable.Range(0, rows * length).Select(i => (i * 7919L + 13) % _shape.Config.VocabSize)], rows, length).To(_device);

    /// <summary>Median seconds of some repeats, after two that do not count, each waited for.</summary>
    private double Median(Action act)
    {
        const int Warmups = 2;
        var seconds = new List<double>();
        for (int i = 0; i < Warmups + _steps; i++)
        {
            using var scope = TensorScope.Begin();
            Engine.Synchronize(_device);
            long start = Stopwatch.GetTimestamp();
            act();
            Engine.Synchronize(_device);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return Middle([.. seconds.Skip(Warmups)]);
    }

    private static double Middle(double[] seconds)
    {
        double[] sorted = [.. seconds.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static long PeakHostBytes()
    {
        string line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) ?? "VmHWM: 0 kB";
        return 1024 * long.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    private sealed class DeviceWeights(Device device) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            Tensor weight = Tensor.Full(shape, shape.Length == 1 ? 1 : 0, DType.BFloat16, device);
            if (shape.Length > 1)
            {
                weight.NormalInPlace(0, 0.02);
            }

            return weight.Own();
        }
    }
}
