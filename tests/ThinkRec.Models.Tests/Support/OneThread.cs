using System.Runtime.CompilerServices;

namespace ThinkRec.Nn.Tests.Support;

/// <summary>Tensors of tests are tiny: waking a second thread for them costs more than it gives, most of all on a busy machine.</summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set()
    {
        if (Environment.GetEnvironmentVariable("THINKREC_THREADS") is null)
        {
            Environment.SetEnvironmentVariable("THINKREC_THREADS", "1");
        }
    }
}
