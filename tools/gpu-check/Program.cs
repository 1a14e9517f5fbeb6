using ThinkRec.GpuCheck;
using ThinkRec.Torch;

// `write FOLDER` makes the tiny models and adapters that both sides read; `parity FOLDER DEVICE` computes their logits; `speed FOLDER DEVICE SHAPE STEPS`
// measures; `report FOLDER` compares with what theirs.py left there. run.sh calls them in this order. Exit codes: 0 done, 1 failed, 2 called wrongly,
// 4 there is no GPU; and of `report` 3 when nothing failed but something was not run.
const int NoGpu = 4;
try
{
    if (args is ["parity" or "speed", _, string wanted, ..] && Device.Parse(wanted).IsCuda && Engine.CudaDevices == 0)
    {
        Console.Error.WriteLine($"libtorch {Engine.Version} behind {Engine.ShimPath} sees no GPU. Is it a CUDA build, and does the driver fit? Use --cpu to go without.");
        return NoGpu;
    }

    return args switch
    {
        ["write", string folder] => TinyModels.Write(folder),
        ["parity", string folder, string device] => ParityPass.Run(folder, Device.Parse(device)),
        ["speed", string folder, string device, string shape, string steps] when SpeedShape.All.TryGetValue(shape, out SpeedShape? found)
            && int.TryParse(steps, out int count) && count > 0 => SpeedPass.Run(folder, Device.Parse(device), found, count),
        ["report", string folder] => Report.Print(folder, Console.Out),
        _ => Usage(),
    };
}
catch (Exception e) when (e is TorchException or DllNotFoundException or ThinkRec.Nn.CheckpointException or IOException or UnauthorizedAccessException or ArgumentException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}

static int Usage()
{
    Console.Error.WriteLine($"usage: ThinkRec.GpuCheck write FOLDER | parity FOLDER DEVICE | speed FOLDER DEVICE SHAPE STEPS | report FOLDER, with SHAPE {string.Join(" or ", SpeedShape.All.Keys)}");
    return 2;
}
