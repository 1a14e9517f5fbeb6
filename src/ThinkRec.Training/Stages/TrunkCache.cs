using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Stages;

/// <summary>
/// What the frozen lower layers make of examples, computed once and kept: for later epochs, and for all experts, which share these layers. They run
/// without dropout, and each example alone, so that its states are the same bits whenever and beside whatever it is met.
/// </summary>
internal sealed class TrunkCache : IDisposable
{
    private readonly ReasoningModel _model;
    private readonly string _adapter;
    private readonly StateStore _store;
    private byte[] _weights = [];

    /// <summary>Makes an empty cache.</summary>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="adapter">Adapter that acts in the lower layers.</param>
    /// <param name="layers">How many layers are frozen.</param>
    /// <param name="store">Keeps the states; disposed with this object.</param>
    internal TrunkCache(ReasoningModel model, string adapter, int layers, StateStore store)
    {
        _model = model;
        _adapter = adapter;
        Layers = layers;
        _store = store;
    }

    /// <summary>How many layers are frozen.</summary>
    internal int Layers { get; }

    /// <summary>Examples that were computed, and those that were found.</summary>
    internal (long Computed, long Found) Counts { get; private set; }

    /// <summary>Looks at the weights below: where they have changed, what was kept is forgotten.</summary>
    internal void Begin()
    {
        byte[] weights = Fingerprint();
        if (!weights.AsSpan().SequenceEqual(_weights))
        {
            _store.Clear();
            _weights = weights;
        }
    }

    /// <summary>The input of the lowest layer that is not frozen.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="collated">How they lie.</param>
    /// <returns>[B, T, H], without a gradient, in the current scope; padding is zero.</returns>
    internal Tensor States(PreparedBatch batch, PromptBatch collated)
    {
        long hidden = _model.LanguageModel.Model.Config.HiddenSize;
        DType dtype = _model.LanguageModel.Model.HeadWeight.DType;
        int size = (int)hidden * dtype.Size();
        var all = new byte[(long)collated.Shape.Rows * collated.Shape.Columns * size];
        for (int i = 0; i < batch.Rows.Length; i++)
        {
            Row(batch.Rows[i], dtype).CopyTo(all.AsSpan(collated.Flat(i, 0) * size));
        }

        return Tensor.From<byte>(all, dtype, collated.Shape.Rows, collated.Shape.Columns, hidden).To(_model.Device);
    }

    public void Dispose() => _store.Dispose();

    private byte[] Row(PreparedRow row, DType dtype)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var alone = new PromptBatch([row.Inputs], [row.Prompt.Vectors], [row.Example.State], _model.Prompts.Tokenizer.PaddingId);
        Tensor? embedded = row.Prompt.Vectors.Length == 0 ? null : _model.Embed(alone);
        UInt128 key = Key(row, embedded);
        if (_store.Find(key) is byte[] known)
        {
            Counts = (Counts.Computed, Counts.Found + 1);
            return known;
        }

        Counts = (Counts.Computed + 1, Counts.Found);
        using var blend = AdapterBlend.Single(_adapter);
        Tensor states = _model.LanguageModel.Model.Lower(embedded ?? _model.Embed(alone), Layers, new DecoderContext { Blend = blend });
        byte[] made = states.To(dtype).CopyBytes();
        _store.Add(key, made);
        return made;
    }

    /// <summary>What the layers read: tokens, or, where there are vectors among them, the embeddings themselves.</summary>
    private UInt128 Key(PreparedRow row, Tensor? embedded)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_weights);
        hash.AppendData(MemoryMarshal.AsBytes(row.Inputs.AsSpan()));
        if (embedded is not null)
        {
            hash.AppendData(embedded.CopyBytes());
        }

        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    /// <summary>The file's fingerprint stands for the base's weights, where there is one; adapters are hashed as they are.</summary>
    private byte[] Fingerprint()
    {
        using var scope = TensorScope.Begin();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string file = _model.LanguageModel.Fingerprint;
        LlamaModel llama = _model.LanguageModel.Model;
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{file}/{Layers}/{llama.HeadWeight.DType}"));
        var adapters = llama.Projections.SelectMany(p => p.Linear.Adapters.Values).SelectMany(a => a.Parameters()).ToHashSet();
        IEnumerable<Parameter> weights = file.Length > 0 ? [] : llama.Parameters().Where(p => !adapters.Contains(p));
        IEnumerable<LoraAdapter> below = llama.Projections.Where(p => p.Layer < Layers && p.Linear.Adapters.ContainsKey(_adapter)).Select(p => p.Linear.Adapters[_adapter]);
        foreach (Parameter parameter in weights.Concat(below.SelectMany(a => a.Parameters())))
        {
            hash.AppendData(parameter.Value.Detach().CopyBytes());
        }

        return hash.GetHashAndReset();
    }
}
