using System.Globalization;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Loop;

/// <summary>What the environment says of the processes that train together, in torchrun's variables.</summary>
/// <param name="Rank">RANK: number of this process, from 0.</param>
/// <param name="Size">WORLD_SIZE: how many there are.</param>
/// <param name="Address">MASTER_ADDR: rank 0's machine.</param>
/// <param name="Port">MASTER_PORT: a free port there.</param>
public sealed record WorkerVariables(int Rank, int Size, string Address, int Port)
{
    /// <summary>Seconds to wait for the others to come.</summary>
    public const string ConnectVariable = "THINKREC_CONNECT_SECONDS";

    /// <summary>Seconds that one process may keep the others waiting.</summary>
    public const string WaitVariable = "THINKREC_WAIT_SECONDS";

    /// <summary>How long to wait for the others to come.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one process may keep the others waiting, by a validation or by saving.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>GLOO_SOCKET_IFNAME: the network interface; null for the one that leads to rank 0.</summary>
    public string? Interface { get; init; }

    /// <summary>Reads the variables.</summary>
    /// <param name="variable">Gives the value of a variable; null when it is not set.</param>
    /// <returns>The variables; null for a process that trains alone.</returns>
    /// <exception cref="ConfigurationException">They contradict one another; names all problems.</exception>
    public static WorkerVariables? Read(Func<string, string?> variable)
    {
        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;
        if (Text("RANK") is null && Text("WORLD_SIZE") is null)
        {
            return null;
        }

        var problems = new List<string>();
        int size = Number("WORLD_SIZE", 1, int.MaxValue, "how many processes there are");
        int rank = Number("RANK", 0, int.MaxValue, "the number of this process, from 0");
        if (problems.Count == 0 && rank >= size)
        {
            problems.Add($"RANK is {rank} but WORLD_SIZE is {size}: ranks go from 0 to {size - 1}");
        }

        if (problems.Count == 0 && size == 1)
        {
            return null;
        }

        string address = Text("MASTER_ADDR") ?? Missing("MASTER_ADDR", "the host name or address of rank 0's machine");
        int port = Number("MASTER_PORT", 1, 65535, "a free port of rank 0's machine");
        var found = new WorkerVariables(rank, size, address, port)
        {
            Connect = Seconds(ConnectVariable, TimeSpan.FromMinutes(5)),
            Wait = Seconds(WaitVariable, TimeSpan.FromMinutes(30)),
            Interface = Text("GLOO_SOCKET_IFNAME"),
        };
        return problems.Count == 0 ? found : throw new ConfigurationException("The environment", problems);

        string Missing(string name, string what)
        {
            problems.Add($"{name} is not set, but {(Text("RANK") is null ? "WORLD_SIZE" : "RANK")} is: set it to {what}, as torchrun does, or unset RANK and WORLD_SIZE to train with one process");
            return "";
        }

        int Number(string name, int least, int most, string what)
        {
            if (Text(name) is not string text)
            {
                Missing(name, what);
                return least;
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            {
                return number;
            }

            problems.Add($"{name} is '{text}', expected {what}{(most < int.MaxValue ? $", {least} to {most}" : $", {least} or more")}");
            return least;
        }

        TimeSpan Seconds(string name, TimeSpan usual) => Text(name) is null ? usual : TimeSpan.FromSeconds(Number(name, 1, 1_000_000, "a number of seconds"));
    }

    /// <summary>How the processes meet.</summary>
    /// <param name="device">Where models are trained.</param>
    /// <returns>Options of the group.</returns>
    internal ProcessGroupOptions Options(Device device) => new()
    {
        Rank = Rank,
        Size = Size,
        Address = Address,
        Port = Port,
        ConnectTimeout = Connect,
        Timeout = Wait,
        Interface = Interface,
        UsesGpu = device.IsCuda,
    };
}
