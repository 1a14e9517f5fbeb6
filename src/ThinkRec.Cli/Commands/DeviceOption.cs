using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Torch;

namespace ThinkRec.Cli.Commands;

/// <summary>The option <c>--device</c> of commands that run a language model.</summary>
internal static class DeviceOption
{
    /// <summary>Makes the option.</summary>
    internal static Option<string> Make() => new("--device")
    {
        Description = "Where the language model computes: cpu, cuda or cuda:N; with LOCAL_RANK set, cuda is the GPU of that number.",
        DefaultValueFactory = _ => "cpu",
        HelpName = "NAME",
    };

    /// <summary>Reads the option; a GPU must be there and usable.</summary>
    internal static Device Read(ParseResult call, Option<string> option)
    {
        string name = call.GetValue(option)!;
        try
        {
            var device = Device.Parse(name);
            if (name == "cuda" && int.TryParse(Environment.GetEnvironmentVariable("LOCAL_RANK"), NumberStyles.None, CultureInfo.InvariantCulture, out int local))
            {
                device = Device.Cuda(local); // each of the machine's processes has a GPU of its own
            }

            int usable = device.IsCuda ? Engine.CudaDevices : 0;
            return !device.IsCuda || device.Index < usable ? device
                : throw new UsageException($"{option.Name} {name}: this libtorch can use {usable} GPUs. 'thinkrec doctor' says what is missing; --device cpu works everywhere.");
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{option.Name}: {e.Message}");
        }
    }
}
