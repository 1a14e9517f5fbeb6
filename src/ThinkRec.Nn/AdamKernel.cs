using System.Numerics;
using System.Runtime.InteropServices;

namespace ThinkRec.Nn;

/// <summary>One step of Adam on Float32 values in memory: weights and moments are read and written once, where operators pass over them ten times.</summary>
/// <param name="options">Decay of the moments and epsilon.</param>
/// <param name="step">Steps of the parameter, this one included.</param>
/// <param name="learningRate">Step size.</param>
/// <param name="coupledDecay">Multiple of the weight that is added to the gradient.</param>
/// <param name="shrinkage">What the weight is multiplied with before anything else; 1 for no decoupled decay.</param>
internal readonly struct AdamKernel(AdamOptions options, long step, double learningRate, double coupledDecay, double shrinkage)
{
    private readonly float _beta1 = (float)options.Beta1;
    private readonly float _rest1 = (float)(1 - options.Beta1);
    private readonly float _beta2 = (float)options.Beta2;
    private readonly float _rest2 = (float)(1 - options.Beta2);
    private readonly float _rootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
    private readonly float _epsilon = (float)options.Epsilon;
    private readonly float _rate = (float)(learningRate / (1 - Math.Pow(options.Beta1, step)));
    private readonly float _decay = (float)coupledDecay;
    private readonly float _shrinkage = (float)shrinkage;

    /// <summary>Updates values of one length.</summary>
    /// <param name="values">The weights.</param>
    /// <param name="grads">Their gradients.</param>
    /// <param name="means">Running mean of the gradients.</param>
    /// <param name="squares">Running mean of their squares.</param>
    internal void Update(Span<float> values, ReadOnlySpan<float> grads, Span<float> means, Span<float> squares)
    {
        Span<Vector<float>> w = MemoryMarshal.Cast<float, Vector<float>>(values);
        ReadOnlySpan<Vector<float>> g = MemoryMarshal.Cast<float, Vector<float>>(grads)[..w.Length];
        Span<Vector<float>> m = MemoryMarshal.Cast<float, Vector<float>>(means)[..w.Length];
        Span<Vector<float>> v = MemoryMarshal.Cast<float, Vector<float>>(squares)[..w.Length];
        var epsilon = new Vector<float>(_epsilon);
        for (int i = 0; i < w.Length; i++)
        {
            Vector<float> weight = w[i] * _shrinkage;
            Vector<float> grad = g[i] + (weight * _decay);
            Vector<float> mean = m[i] = (m[i] * _beta1) + (grad * _rest1);
            Vector<float> square = v[i] = (v[i] * _beta2) + (grad * grad * _rest2);
            w[i] = weight - (mean * _rate / ((Vector.SquareRoot(square) * _rootScale) + epsilon));
        }

        for (int i = w.Length * Vector<float>.Count; i < values.Length; i++)
        {
            float weight = values[i] * _shrinkage;
            float grad = grads[i] + (weight * _decay);
            means[i] = (means[i] * _beta1) + (grad * _rest1);
            squares[i] = (squares[i] * _beta2) + (grad * grad * _rest2);
            values[i] = weight - (means[i] * _rate / ((MathF.Sqrt(squares[i]) * _rootScale) + _epsilon));
        }
    }
}
